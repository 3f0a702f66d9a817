using ClientLb.Endpoints;

namespace ClientLb.Health;

/// <summary>Looks whether an endpoint is there, apart from any call.</summary>
internal interface IEndpointProbe
{
    /// <summary>Probes once. Never throws but for <paramref name="cancellationToken"/>.</summary>
    /// <returns>True when the endpoint listens.</returns>
    Task<bool> ProbeAsync(Endpoint endpoint, CancellationToken cancellationToken);
}
