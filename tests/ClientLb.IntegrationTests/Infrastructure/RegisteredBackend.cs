using System.Diagnostics;

namespace ClientLb.IntegrationTests.Infrastructure;

/// <summary>A real server in a process of its own that registers itself with Consul, and may be started again where it was.</summary>
internal sealed class RegisteredBackend : IAsyncDisposable
{
    public const string Service = "orders";

    private readonly string _address = LoopbackAddress.Next();
    private readonly List<string> _settings;
    private BackendProcess? _process;

    /// <summary>Prepares one.</summary>
    /// <param name="agent">The address of the agent.</param>
    /// <param name="settings">More settings of the registration: <c>key=value</c>, the key without its section.</param>
    public RegisteredBackend(Uri agent, params string[] settings) => _settings =
    [
        $"ClientLb:Consul:Addresses:0={agent.AbsoluteUri}", $"ClientLb:Consul:Registration:Name={Service}", "ShutdownTimeout=00:00:30",
        .. settings.Select(static s => s.StartsWith("ShutdownTimeout=", StringComparison.Ordinal) ? s : "ClientLb:Consul:Registration:" + s),
    ];

    public BackendProcess Process => _process!;

    public string Authority => Process.Authority;

    public static async Task<RegisteredBackend> StartAsync(Uri agent, params string[] settings)
    {
        var backend = new RegisteredBackend(agent, settings);
        await backend.StartAsync();
        return backend;
    }

    /// <summary>Starts it, the second time on the port that it had.</summary>
    public async Task StartAsync()
    {
        var port = _process?.Descriptor.Port ?? 0;
        if (_process is not null)
        {
            await _process.DisposeAsync();
        }

        _process = await BackendProcess.StartAsync(_address, [.. _settings, $"Port={port}"]);
    }

    /// <summary>Asks it to end and says how long that took.</summary>
    public async Task<TimeSpan> StopAsync()
    {
        var clock = Stopwatch.StartNew();
        await Process.StopAsync();
        return clock.Elapsed;
    }

    public async ValueTask DisposeAsync()
    {
        if (_process is not null)
        {
            await _process.DisposeAsync();
        }
    }
}
