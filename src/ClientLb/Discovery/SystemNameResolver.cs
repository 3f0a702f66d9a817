using System.Net;

namespace ClientLb.Discovery;

/// <summary>Asks the operating system, with its hosts file, its search list and its caches.</summary>
internal sealed class SystemNameResolver : INameResolver
{
    public Task<IPAddress[]> ResolveAsync(string name, CancellationToken cancellationToken) => Dns.GetHostAddressesAsync(name, cancellationToken);
}
