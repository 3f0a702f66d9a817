using ClientLb.Clusters;
using ClientLb.Consul;
using ClientLb.Endpoints;
using ClientLb.TestBackend;
using Microsoft.Extensions.DependencyInjection;
using Xunit.Abstractions;

namespace ClientLb.IntegrationTests.Infrastructure;

/// <summary>The whole stack under steady load: backends, their registration with Consul, an application that finds them there.</summary>
internal sealed class ConsulStack : IAsyncDisposable
{
    private const string Service = "orders";
    private static readonly TimeSpan s_seenWithin = TimeSpan.FromSeconds(5);

    private readonly ITestOutputHelper _output;

    private ConsulStack(BackendGroup backends, BalancedApp app, ITestOutputHelper output)
    {
        Backends = backends;
        App = app;
        _output = output;
        Load = null!;
    }

    public BackendGroup Backends { get; }

    public BalancedApp App { get; }

    public SteadyLoad Load { get; private set; }

    public Cluster Cluster => App.Cluster;

    /// <summary>Starts backends, registers the first two and calls them 50 times a second.</summary>
    public static async Task<ConsulStack> StartAsync(
        ITestOutputHelper output, Uri agent, Func<BackendServer, Task> register, int backends = 4, Action<ConsulOptions>? configure = null,
        string? policy = null)
    {
        var group = await BackendGroup.StartAsync(backends);
        await register(group[0]);
        await register(group[1]);
        var app = BalancedApp.Of(Service, services => services.AddClientLb().AddConsul(o =>
        {
            o.Addresses.Add(agent.AbsoluteUri);
            configure?.Invoke(o);
        }).AddCluster(Service, o => o.Policy = policy ?? o.Policy));
        var stack = new ConsulStack(group, app, output) { Load = SteadyLoad.Start(app.Client, "/delay/5", 50) };
        await stack.Load.AnswersFromAsync(group[0].Authority);
        await stack.Load.AnswersFromAsync(group[1].Authority);
        return stack;
    }

    /// <summary>Registers with the agent beside the application, as an instance would.</summary>
    public static Task RegisterAsync(ConsulApi api, BackendServer backend, int weight = 1) =>
        api.RegisterAsync(Service, backend.Authority, backend.Host, backend.Port, weight);

    /// <summary>Writes an instance into the catalog.</summary>
    public static Task RegisterOnNodeAsync(ConsulApi api, BackendServer backend) =>
        api.RegisterOnNodeAsync("host", "10.0.0.1", Service, backend.Authority, backend.Port, backend.Host);

    /// <summary>Waits for the first answer of a backend that was registered just now.</summary>
    public async Task SeesAsync(int backend, string after)
    {
        var took = await Load.AnswersFromAsync(Backends[backend].Authority, withinSeconds: s_seenWithin.TotalSeconds);
        _output.WriteLine($"new instance answers {took.TotalMilliseconds:0} ms after {after}");
    }

    public async Task UntilAsync(Func<bool> condition, string what, double withinSeconds = 15)
    {
        try
        {
            var took = await Eventually.IsTrueAsync(() => Task.FromResult(condition()), TimeSpan.FromSeconds(withinSeconds), what);
            _output.WriteLine($"{what}: {took.TotalMilliseconds:0} ms");
        }
        catch (TimeoutException e)
        {
            throw new TimeoutException($"{e.Message} {Cluster.Discovery}\n{App.Log}", e);
        }
    }

    public bool IsEligible(int backend) => Cluster.Snapshot.Eligible.Any(e => e.Authority == Backends[backend].Authority);

    public Endpoint? EndpointOf(int backend) => Cluster.Snapshot.Endpoints.FirstOrDefault(e => e.Authority == Backends[backend].Authority);

    /// <summary>Discovery works: no error, and a list that was confirmed lately.</summary>
    public Task DiscoveryRecoversAsync() => UntilAsync(
        () => Cluster.Discovery is { Errors: 0, LastError: null } && Cluster.DiscoveryAge < TimeSpan.FromSeconds(60), "discovery is well");

    /// <summary>Ends the load: no call may have failed.</summary>
    public async Task EndAsync()
    {
        var calls = await Load.StopWithoutFailureAsync(App.Log);
        _output.WriteLine($"{calls} calls, none failed");
        Assert.True(calls > 50);
    }

    public async ValueTask DisposeAsync()
    {
        await App.DisposeAsync();
        await Backends.DisposeAsync();
    }
}
