using ClientLb.Endpoints;

namespace ClientLb.Health.Checks;

/// <summary>Checks by <c>Check</c> of gRPC's health service, over a new connection each time.</summary>
/// <remarks>
/// With a handler of its own each time, and not a shared one as over HTTP/1.1: HTTP/2 has no "Connection: close", and a shared handler would send the checks of two
/// clusters that know the same endpoint over one connection, which whoever is done first would close under the other.
/// </remarks>
internal sealed class GrpcCheck(HealthCheckOptions options, string cluster) : IEndpointCheck
{
    public string Name { get; } = NameOf("Check", options);

    public async ValueTask<CheckFinding> CheckAsync(Endpoint endpoint, CancellationToken cancellationToken)
    {
        using var client = ClientFor(endpoint, options, cluster);
        try
        {
            return (await client.CheckAsync(options.Timeout, cancellationToken).ConfigureAwait(false)).ToFinding();
        }
        catch (OperationCanceledException) when (!client.IsConnected)
        {
            return CheckFinding.NoConnection;
        }
    }

    public void Forget(Endpoint endpoint)
    {
    }

    public void Dispose()
    {
    }

    public static string NameOf(string method, HealthCheckOptions options) =>
        $"grpc.health.v1 {method}" + (options.GrpcService.Length == 0 ? "" : $" of '{options.GrpcService}'");

    public static GrpcHealthClient ClientFor(Endpoint endpoint, HealthCheckOptions options, string cluster) =>
        new(endpoint.Host, options.Port == 0 ? endpoint.Port : options.Port, options.Tls, options.Host ?? cluster, options.GrpcService);
}
