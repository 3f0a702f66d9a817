using System.Diagnostics;
using System.Globalization;
using System.Net;
using ClientLb.Endpoints;
using ClientLb.Samples.Failover.Fleet;

namespace ClientLb.Samples.Grpc;

/// <summary>One of the three servers, over all the processes that it is in turn, and what can be done to it.</summary>
internal sealed class OrdersServer(Language language, IPAddress address) : IAsyncDisposable
{
    private const int WarmUpCalls = 50;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private Process? _process;
    private Shell? _frozen;
    private int _port;

    /// <summary>What the cluster knows of it.</summary>
    public EndpointDescriptor Descriptor => new(address.ToString(), _port) { Id = language.Name };

    /// <summary>Its name.</summary>
    public string Id => language.Name;

    /// <summary>Since when it listens; calls come from then on, though it has yet to be warmed up.</summary>
    public long ListensSince { get; private set; }

    /// <summary>Starts it, at the same port as before, and waits until it listens.</summary>
    public async Task StartAsync()
    {
        _process?.Dispose();
        var start = new ProcessStartInfo(language.Program, [.. language.Arguments, new IPEndPoint(address, _port).ToString()]) { RedirectStandardInput = true, RedirectStandardOutput = true };
        if (language.Modules is { } modules)
        {
            start.Environment["NODE_PATH"] = modules;
        }

        _process = Process.Start(start)!;
        var line = await _process.StandardOutput.ReadLineAsync().WaitAsync(Patience);
        _port = int.Parse(line ?? throw new InvalidOperationException($"{Id} ended before it said where it listens."), CultureInfo.InvariantCulture);
        ListensSince = MonotonicClock.System.Now;
        await WarmUpAsync();
    }

    /// <summary>Ends the process without a good-bye.</summary>
    public Task KillAsync()
    {
        _process!.Kill();
        return _process.WaitForExitAsync();
    }

    /// <summary>Stops the process where it stands.</summary>
    public Task FreezeAsync()
    {
        _frozen = Shell.Freeze(_process!.Id);
        return Task.CompletedTask;
    }

    /// <summary>Lets it go on.</summary>
    public async Task ThawAsync()
    {
        if (_frozen is not null)
        {
            await _frozen.DisposeAsync();
            _frozen = null;
        }
    }

    /// <summary>Gives it an order.</summary>
    public async Task TellAsync(string order)
    {
        await _process!.StandardInput.WriteLineAsync(order);
        await _process.StandardInput.FlushAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await ThawAsync();
        if (_process is not null)
        {
            _process.Kill();
            await _process.WaitForExitAsync();
            _process.Dispose();
        }
    }

    // The first calls of a process are slow by themselves, and a balancer that looks at latencies would turn away from it.
    private async Task WarmUpAsync()
    {
        using var orders = new OrdersClient(new HttpClient { BaseAddress = new Uri($"http://{address}:{_port}/"), Timeout = Patience });
        for (var i = 0; i < WarmUpCalls; i++)
        {
            await orders.GetAsync();
        }
    }
}
