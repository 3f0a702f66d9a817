using System.Net;
using ClientLb.Discovery;

namespace ClientLb.IntegrationTests.Infrastructure;

/// <summary>A name server of one name, whose addresses a test changes.</summary>
internal sealed class NameBook(params string[] addresses) : INameResolver
{
    private volatile string[] _addresses = addresses;

    public void Set(params string[] addresses) => _addresses = addresses;

    public Task<IPAddress[]> ResolveAsync(string name, CancellationToken cancellationToken) =>
        Task.FromResult(Array.ConvertAll(_addresses, IPAddress.Parse));
}
