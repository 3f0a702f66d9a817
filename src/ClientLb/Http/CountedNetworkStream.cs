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
        connections.NoteOpened(this);
    }

    /// <summary>
    /// Closes the connection so that every read and write fails. The socket and not this stream, whose disposal would look like a mistake of the reader; and not half
    /// of the socket, which would look like the end of a body that has no length.
    /// </summary>
    public void Cut() => Socket.Dispose();

    protected override void Dispose(bool disposing)
    {
        base.Dispose(disposing);
        Interlocked.Exchange(ref _connections, null)?.NoteClosed(this);
    }
}
