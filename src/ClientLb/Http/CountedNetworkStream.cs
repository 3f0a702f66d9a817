using System.Net.Sockets;

namespace ClientLb.Http;

/// <summary>A connection that is counted as long as it is open.</summary>
/// <remarks>A <see cref="NetworkStream"/>, not a wrapper: of those alone SocketsHttpHandler can see that the peer has closed an idle one.</remarks>
internal sealed class CountedNetworkStream : NetworkStream
{
    private readonly SemaphoreSlim? _place;
    private EndpointConnections? _connections;

    /// <param name="socket">The connected socket.</param>
    /// <param name="connections">Whose connection it is.</param>
    /// <param name="place">What it holds a place of, if it does.</param>
    public CountedNetworkStream(Socket socket, EndpointConnections connections, SemaphoreSlim? place)
        : base(socket, ownsSocket: true)
    {
        _place = place;
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
        if (Interlocked.Exchange(ref _connections, null) is { } connections)
        {
            _place?.Release();
            connections.NoteClosed(this);
        }
    }
}
