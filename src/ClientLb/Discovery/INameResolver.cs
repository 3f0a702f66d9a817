using System.Net;

namespace ClientLb.Discovery;

/// <summary>Finds the addresses of a host name.</summary>
internal interface INameResolver
{
    /// <summary>All addresses of a name, in any order; throws where there is none or nobody to ask.</summary>
    Task<IPAddress[]> ResolveAsync(string name, CancellationToken cancellationToken);
}
