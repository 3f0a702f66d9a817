using System.Net;
using ClientLb.Endpoints;
using ClientLb.Samples.Failover.Backends;
using ClientLb.Samples.Failover.Registries;

namespace ClientLb.Samples.Failover.Fleet;

/// <summary>One of the three backends, over all the processes that it is in turn, and what can be done to it.</summary>
internal sealed class Backend : IAsyncDisposable
{
    private readonly IRegistry _registry;
    private readonly IPAddress _address;
    private readonly int _seed;
    private int _lives;
    private int _port;
    private BackendProcess? _process;
    private Shell? _frozen;

    public Backend(string id, IRegistry registry, IPAddress address, Relay? relay, int seed)
    {
        Id = id;
        Relay = relay;
        _registry = registry;
        _address = address;
        _seed = seed;
    }

    /// <summary>Its name in the registry.</summary>
    public string Id { get; }

    /// <summary>The relay in front of it, whose address is the registered one; <see langword="null"/> where clients reach it directly.</summary>
    public Relay? Relay { get; }

    /// <summary>When it last began to listen, in ticks of <see cref="MonotonicClock"/>, as far as its parent has heard.</summary>
    public long ListensSince { get; private set; }

    /// <summary>Starts it, where it was before if it was, and waits until the registry knows it.</summary>
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        var settings = new BackendSettings(Id, _address, _port, unchecked(_seed + (1000 * _lives++)), _registry.Agent, Relay?.Address);
        _process = new BackendProcess(settings, line => _registry.Hear(Id, line));
        var listening = await _process.ListeningAsync(cancellationToken);
        ListensSince = MonotonicClock.System.Now;
        _port = listening.Port;
        if (Relay is not null)
        {
            Relay.Target = listening;
        }

        await _process.AnnouncedAsync(cancellationToken);
    }

    /// <summary>Ends the process without a good-bye.</summary>
    public Task KillAsync() => _process!.KillAsync();

    /// <summary>Asks it to withdraw and end.</summary>
    public Task StopAsync() => _process!.StopAsync();

    /// <summary>Stops the process where it stands: its sockets stay open, nothing answers.</summary>
    public void Freeze() => _frozen = Shell.Freeze(_process!.Id);

    /// <summary>Lets it go on.</summary>
    public async Task ThawAsync()
    {
        if (_frozen is not null)
        {
            await _frozen.DisposeAsync();
            _frozen = null;
        }
    }

    /// <summary>Gives the work another manner: see <see cref="SimulatedWork.Obey"/>.</summary>
    public void Tell(string command) => _process!.Tell(command);

    public async ValueTask DisposeAsync()
    {
        await ThawAsync();
        if (_process is not null)
        {
            await _process.DisposeAsync();
        }

        Relay?.Dispose();
    }
}
