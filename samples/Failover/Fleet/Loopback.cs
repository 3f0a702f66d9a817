using System.Net;
using System.Net.Sockets;

namespace ClientLb.Samples.Failover.Fleet;

/// <summary>Addresses of this machine's loopback network, so that every server has its own and two samples don't meet.</summary>
internal sealed class Loopback
{
    private readonly byte[]? _net;
    private byte _next = 1;

    public Loopback()
    {
        byte[] net = [127, (byte)Random.Shared.Next(64, 192), (byte)Random.Shared.Next(256), 1];
        try
        {
            using var probe = new Socket(SocketType.Stream, ProtocolType.Tcp);
            probe.Bind(new IPEndPoint(new IPAddress(net), 0));
            _net = net;
        }
        catch (SocketException)
        {
            // Not every system answers on all of 127.0.0.0/8: then one address must do.
        }
    }

    /// <summary>The next address.</summary>
    public IPAddress Next() => _net is null ? IPAddress.Loopback : new IPAddress([_net[0], _net[1], _net[2], _next++]);
}
