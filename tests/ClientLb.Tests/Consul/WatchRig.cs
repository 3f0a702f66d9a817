using ClientLb.Consul;
using ClientLb.Endpoints;
using ClientLb.Tests.Discovery;

namespace ClientLb.Tests.Consul;

/// <summary>One watch in virtual time, with a Consul that the test plays.</summary>
internal sealed class WatchRig : IAsyncDisposable
{
    public static readonly TimeSpan HeldLimit = (TimeSpan.FromSeconds(45) * 17 / 16) + TimeSpan.FromSeconds(10);

    private readonly CancellationTokenSource _stop = new();
    private readonly ConsulRuntime _runtime;
    private readonly Task _loop;

    public WatchRig(Action<ConsulOptions>? configure = null, ConsulClusterOptions? cluster = null)
    {
        var options = new ConsulOptions();
        configure?.Invoke(options);
        if (options.Addresses.Count == 0)
        {
            options.Addresses.Add(ConsulAddress.Default);
        }

        _runtime = new(options, Consul, Connections, Time, new SeededRandomSource(7), Logger);
        Watch = new(ConsulQuery.Create(new("web"), options, cluster ?? new()), _runtime);
        _loop = Watch.RunAsync(_ => IsRetired, _stop.Token);
        Reader = new(Watch.Feed.ReadAsync);
    }

    public VirtualTime Time { get; } = new();

    public FakeConsul Consul { get; } = new();

    public ConsulConnections Connections { get; } = new();

    public ListLogger<WatchRig> Logger { get; } = new();

    public ConsulWatch Watch { get; }

    public UpdateReader Reader { get; }

    public bool IsRetired { get; set; }

    public Task Loop => _loop.WaitAsync(TimeSpan.FromSeconds(20));

    /// <summary>The next request, at most the least interval later.</summary>
    public Task<FakeRequest> NextAsync() => Consul.NextAsync(Time);

    /// <summary>Gives the first list and returns the query that is held after it.</summary>
    public async Task<FakeRequest> StartAsync(ulong index, params int[] ports)
    {
        (await NextAsync()).Answer(index, WireText.Ports(ports));
        await Reader.NextAsync();
        return await NextAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await Loop;
        await Reader.DisposeAsync();
        _runtime.Dispose();
        Consul.Dispose();
        _stop.Dispose();
    }
}
