using System.Net.Sockets;

namespace ClientLb.Consul;

/// <summary>
/// Opens the connections to agents and tells of each. An index counts within one life of a registry, and a new connection may lead to
/// another life: a query held with an index from before would be held in vain.
/// </summary>
internal sealed class ConsulConnections
{
    /// <summary>Who wants to hear that a connection is opened for a request.</summary>
    public static readonly HttpRequestOptionsKey<Action> Opening = new("ClientLb.Consul.Opening");

    private int _opened;

    /// <summary>How many were opened.</summary>
    public int Opened => Volatile.Read(ref _opened);

    public async ValueTask<Stream> ConnectAsync(SocketsHttpConnectionContext context, CancellationToken cancellationToken)
    {
        Tell(context.InitialRequestMessage);
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            await socket.ConnectAsync(context.DnsEndPoint, cancellationToken).ConfigureAwait(false);
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    /// <summary>Counts a connection and tells the request that it is opened for.</summary>
    public void Tell(HttpRequestMessage request)
    {
        Interlocked.Increment(ref _opened);
        if (request.Options.TryGetValue(Opening, out var opening))
        {
            opening();
        }
    }
}
