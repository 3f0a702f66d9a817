using ClientLb.Endpoints;

namespace ClientLb.Health.Checks;

/// <summary>Makes the check that the options ask for.</summary>
internal static class EndpointChecks
{
    /// <returns><see langword="null"/> where checks are off.</returns>
    public static IEndpointCheck? Of(HealthCheckOptions options, string cluster, CheckServices services, Action<Endpoint, CheckFinding, bool> news) =>
        options.Check is { } own ? new DelegateCheck(own) : options.Type switch
        {
            HealthCheckType.Http => new HttpCheck(options, services.Host ?? cluster),
            HealthCheckType.Tcp => new TcpCheck(options),
            HealthCheckType.Grpc => new GrpcCheck(options, services.Host ?? cluster),
            HealthCheckType.GrpcWatch => new GrpcWatchCheck(options, services.Host ?? cluster, services.Clock, services.Logger, news),
            _ => null,
        };
}
