using System.Net;
using System.Security.Cryptography.X509Certificates;
using ClientLb.TestBackend;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace ClientLb.IntegrationTests.Infrastructure;

/// <summary>Instances of a service inside the test's process, each on an address of its own.</summary>
internal sealed class BackendGroup : List<BackendServer>, IAsyncDisposable
{
    public static async Task<BackendGroup> StartAsync(int count, HttpProtocols protocols = HttpProtocols.Http1, X509Certificate2? certificate = null)
    {
        var group = new BackendGroup();
        for (var i = 0; i < count; i++)
        {
            group.Add(await BackendServer.StartAsync(IPAddress.Parse(LoopbackAddress.Next()), protocols, certificate));
        }

        return group;
    }

    /// <summary>Everything that any of them has seen.</summary>
    public IEnumerable<SeenRequest> Requests => this.SelectMany(static b => b.Requests);

    public async ValueTask DisposeAsync()
    {
        foreach (var backend in this)
        {
            await backend.DisposeAsync();
        }
    }
}
