using System.Net;
using System.Net.Sockets;

namespace ClientLb.Health.Checks;

/// <summary>Connections of checks.</summary>
internal static class ProbeSocket
{
    /// <summary>Connects by TCP.</summary>
    public static async ValueTask<Socket> ConnectAsync(string host, int port, CancellationToken cancellationToken)
    {
        var isAddress = IPAddress.TryParse(host, out var address);
        var socket = isAddress ? new Socket(address!.AddressFamily, SocketType.Stream, ProtocolType.Tcp) : new Socket(SocketType.Stream, ProtocolType.Tcp);
        try
        {
            if (isAddress)
            {
                await socket.ConnectAsync(new IPEndPoint(address!, port), cancellationToken).ConfigureAwait(false);
            }
            else
            {
                await socket.ConnectAsync(host, port, cancellationToken).ConfigureAwait(false);
            }

            return socket;
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }
}
