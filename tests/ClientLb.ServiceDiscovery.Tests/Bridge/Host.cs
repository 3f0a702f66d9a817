using ClientLb.Clusters;
using ClientLb.Tests.Discovery;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.ServiceDiscovery;

namespace ClientLb.ServiceDiscovery.Tests.Bridge;

/// <summary>An application with both sides in it.</summary>
internal sealed class Host : IAsyncDisposable
{
    private readonly ServiceProvider _provider;

    public Host(Action<IServiceCollection> configure, params (string Key, string? Value)[] settings)
    {
        Settings = new(settings);
        var services = new ServiceCollection();
        services.AddSingleton<IConfiguration>(Settings.Root);
        configure(services);
        _provider = services.BuildServiceProvider(new ServiceProviderOptions { ValidateOnBuild = true, ValidateScopes = true });
    }

    public ReloadableConfiguration Settings { get; }

    public IServiceProvider Services => _provider;

    public ServiceEndpointResolver Resolver => _provider.GetRequiredService<ServiceEndpointResolver>();

    public Cluster Cluster(string name) => _provider.GetRequiredService<ClusterRegistry>().Get(name);

    /// <summary>Waits until a cluster's endpoints are those.</summary>
    public async Task ListedAsync(string cluster, params string[] ids)
    {
        var watched = Cluster(cluster);
        var listed = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        void Look(ClusterSnapshot snapshot)
        {
            if (snapshot.Eligible.Select(static endpoint => endpoint.Id).Order().SequenceEqual(ids.Order()))
            {
                listed.TrySetResult();
            }
        }

        watched.Published += Look;
        try
        {
            Look(watched.Snapshot);
            await listed.Task.WaitAsync(TimeSpan.FromSeconds(20));
        }
        finally
        {
            watched.Published -= Look;
        }
    }

    /// <summary>What the resolver of Microsoft.Extensions.ServiceDiscovery says.</summary>
    public async Task<IEnumerable<string?>> ResolveAsync(string name) =>
        (await Resolver.GetEndpointsAsync(name, CancellationToken.None)).Endpoints.Select(static endpoint => endpoint.ToString()).Order();

    /// <summary>Waits until it says so. It hears of a change by the same token as the test, and perhaps after it.</summary>
    public async Task ResolvesToAsync(string name, params string[] expected)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(20));
        while (!(await ResolveAsync(name)).SequenceEqual(expected))
        {
            await Task.Delay(10, limit.Token);
        }
    }

    public ValueTask DisposeAsync() => _provider.DisposeAsync();
}
