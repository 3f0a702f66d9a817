using System.Net.Sockets;

namespace ClientLb.Http;

/// <summary>A connection that is counted as long as it is open.</summary>
/// <remarks>A <see cref="NetworkStream"/>, not a wrapper: of those alone SocketsHttpHandler can see that the peer has closed an idle one.</remarks>
internal sealed class CountedNetworkStream : NetworkStream
{
    private EndpointConnections? _connections;

    public CountedNetworkStream(Socket socket, EndpointConnections connections)
        : base(socket, ownsSocket: true)
    {
        _connections = connections;
        connections.NoteOpened();
    }

    protected override void Dispose(bool disposing)
    {
        base.Dispose(disposing);
        Interlocked.Exchange(ref _connections, null)?.NoteClosed();
    }
}
