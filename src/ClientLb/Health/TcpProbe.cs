using System.Net.Sockets;
using ClientLb.Endpoints;

namespace ClientLb.Health;

/// <summary>Probes by TCP connect, and closes at once.</summary>
/// <param name="timeProvider">The time of the timeout.</param>
/// <param name="timeout">How long a connect may take; 1 s by default, like the connects of calls.</param>
internal sealed class TcpProbe(TimeProvider timeProvider, TimeSpan timeout) : IEndpointProbe
{
    public async Task<bool> ProbeAsync(Endpoint endpoint, CancellationToken cancellationToken)
    {
        using var timer = new CancellationTokenSource(timeout, timeProvider);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(timer.Token, cancellationToken);
        try
        {
            using var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
            await socket.ConnectAsync(endpoint.Host, endpoint.Port, both.Token).ConfigureAwait(false);
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return false;
        }
    }
}
