namespace ClientLb.IntegrationTests.Infrastructure;

/// <summary>Three servers and the client agent that a process would talk to.</summary>
internal sealed class ConsulCluster : IAsyncDisposable
{
    private readonly List<ConsulAgent> _servers = [];

    private ConsulCluster()
    {
    }

    /// <summary>The agent beside the process.</summary>
    public ConsulAgent Client { get; private set; } = null!;

    public static async Task<ConsulCluster> StartAsync()
    {
        var cluster = new ConsulCluster();
        try
        {
            var addresses = Enumerable.Range(0, 3).Select(static _ => LoopbackAddress.Next()).ToArray();
            string[] join = [.. addresses.Select(static a => $"-retry-join={a}"), "-retry-interval=1s"];
            foreach (var address in addresses)
            {
                cluster._servers.Add(await ConsulAgent.StartAsync(["-server", "-bootstrap-expect=3", .. join], waitForLeader: false, address));
            }

            cluster.Client = await ConsulAgent.StartAsync(join, waitForLeader: false);
            await cluster.Client.WaitForLeaderAsync();
            await Eventually.IsTrueAsync(
                async () => (await cluster.Client.Api.InstancesAsync("consul")).Count == 3, TimeSpan.FromSeconds(20), "three servers are listed");
            return cluster;
        }
        catch
        {
            await cluster.DisposeAsync();
            throw;
        }
    }

    public IEnumerable<ConsulAgent> Servers => _servers;

    public async Task<ConsulAgent> LeaderAsync()
    {
        string? leader = null;
        await Eventually.IsTrueAsync(
            async () => (leader = await Client.Api.LeaderAsync()) is { Length: > 0 }, TimeSpan.FromSeconds(10), "the cluster has a leader");
        return _servers.Single(s => leader!.StartsWith(s.Address + ":", StringComparison.Ordinal));
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var agent in _servers.Append(Client))
        {
            if (agent is not null)
            {
                await agent.DisposeAsync();
            }
        }
    }
}
