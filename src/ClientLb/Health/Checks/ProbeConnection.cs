using System.Net.Sockets;

namespace ClientLb.Health.Checks;

/// <summary>
/// The connection that a handler opens for a check: whether it has come about, so that silence after it is told from no way there, and its end with the check.
/// Otherwise a connect that goes on after its check would be what the next check waits for.
/// </summary>
/// <param name="check">Ends with the check; none where the connection is to outlive it.</param>
internal sealed class ProbeConnection(CancellationToken check = default) : IDisposable
{
    private static readonly HttpRequestOptionsKey<ProbeConnection> s_key = new("ClientLb.ProbeConnection");

    private volatile bool _isDisposed;
    private volatile Socket? _socket;

    /// <summary>True once there was a connection. TLS is yet to come.</summary>
    public bool IsMade => _socket is not null;

    /// <summary>The request's connection is this one.</summary>
    public void AddTo(HttpRequestMessage request) => request.Options.Set(s_key, this);

    /// <summary>Connects for a handler.</summary>
    public static async ValueTask<Stream> ConnectAsync(SocketsHttpConnectionContext context, CancellationToken cancellationToken)
    {
        context.InitialRequestMessage.Options.TryGetValue(s_key, out var own);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, own?.Check ?? CancellationToken.None);
        var socket = await ProbeSocket.ConnectAsync(context.DnsEndPoint.Host, context.DnsEndPoint.Port, either.Token).ConfigureAwait(false);
        socket.NoDelay = true;
        own?.Take(socket);
        return new NetworkStream(socket, ownsSocket: true);
    }

    public void Dispose()
    {
        _isDisposed = true;
        _socket?.Dispose();
    }

    private CancellationToken Check => check;

    private void Take(Socket socket)
    {
        _socket = socket;
        if (_isDisposed)
        {
            socket.Dispose();
        }
    }
}
