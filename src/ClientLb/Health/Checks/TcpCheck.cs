using ClientLb.Endpoints;

namespace ClientLb.Health.Checks;

/// <summary>Checks by TCP connect, and closes at once.</summary>
internal sealed class TcpCheck(HealthCheckOptions options) : IEndpointCheck
{
    public string Name => "TCP connect";

    public async ValueTask<CheckFinding> CheckAsync(Endpoint endpoint, CancellationToken cancellationToken)
    {
        try
        {
            using var socket = await ProbeSocket.ConnectAsync(endpoint.Host, options.Port == 0 ? endpoint.Port : options.Port, cancellationToken).ConfigureAwait(false);
            return CheckFinding.Passed;
        }
        catch (OperationCanceledException)
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
}
