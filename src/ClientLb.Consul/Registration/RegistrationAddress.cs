using System.Net;
using System.Net.Sockets;
using ClientLb.Discovery;

namespace ClientLb.Consul.Registration;

/// <summary>The address of this machine for a server that listens on all of them.</summary>
internal static class RegistrationAddress
{
    /// <summary>
    /// Empty for an agent on this machine, which then gives its node's address; else the address from which this machine reaches the agent.
    /// </summary>
    /// <exception cref="DiscoveryException">There is no way to the agent at present.</exception>
    public static async Task<string> FindAsync(Uri agent, CancellationToken cancellationToken)
    {
        try
        {
            var addresses = await Dns.GetHostAddressesAsync(agent.IdnHost, cancellationToken).ConfigureAwait(false);
            if (addresses.Length > 0 && Array.TrueForAll(addresses, IPAddress.IsLoopback))
            {
                return "";
            }

            // To connect a datagram socket sends nothing: it asks the system for the route.
            using var socket = new Socket(addresses[0].AddressFamily, SocketType.Dgram, ProtocolType.Udp);
            await socket.ConnectAsync(addresses[0], agent.Port, cancellationToken).ConfigureAwait(false);
            return ((IPEndPoint)socket.LocalEndPoint!).Address.ToString();
        }
        catch (Exception e) when (e is SocketException or IndexOutOfRangeException)
        {
            throw new DiscoveryException(
                DiscoveryErrorKind.Unreachable, $"There is no way to Consul at {agent.GetLeftPart(UriPartial.Authority)}: {e.Message}", e);
        }
    }
}
