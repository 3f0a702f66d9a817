using System.Diagnostics;
using ClientLb.Endpoints;

namespace ClientLb.IntegrationTests.Infrastructure;

/// <summary>An instance of a service in a process of its own: it can be killed, frozen and asked to end.</summary>
internal sealed class BackendProcess : IAsyncDisposable
{
    private static readonly TimeSpan s_startLimit = TimeSpan.FromSeconds(30);

    private readonly Process _process;

    private BackendProcess(Process process, string authority)
    {
        _process = process;
        Authority = authority;
        var colon = authority.LastIndexOf(':');
        Descriptor = new(authority[..colon], int.Parse(authority[(colon + 1)..]));
    }

    /// <summary>Address and port, which is what it answers.</summary>
    public string Authority { get; }

    public EndpointDescriptor Descriptor { get; }

    public static Task<BackendProcess> StartAsync() => StartAsync(LoopbackAddress.Next(), []);

    /// <summary>Starts one with settings, by which it registers with Consul.</summary>
    public static async Task<BackendProcess> StartAsync(string address, IEnumerable<string> settings)
    {
        var program = Path.Combine(AppContext.BaseDirectory, "ClientLb.TestBackend.dll");
        var start = new ProcessStartInfo(Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") ?? "dotnet", [program, address, .. settings])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
        };
        var process = Process.Start(start)!;
        try
        {
            var authority = await process.StandardOutput.ReadLineAsync().WaitAsync(s_startLimit);
            return new(process, authority ?? throw new InvalidOperationException("The backend ended before it said where it listens."));
        }
        catch
        {
            process.Kill();
            process.Dispose();
            throw;
        }
    }

    public static Task<BackendProcess[]> StartAsync(int count) => Task.WhenAll(Enumerable.Range(0, count).Select(static _ => StartAsync()));

    /// <summary>How many requests it has seen.</summary>
    public async Task<int> CountAsync()
    {
        using var client = new HttpClient { Timeout = TimeSpan.FromSeconds(5) };
        return int.Parse(await client.GetStringAsync($"http://{Authority}/count"));
    }

    /// <summary>From now on it answers everything with this status, at once; 0 ends that.</summary>
    public async Task BecomeAsync(int status)
    {
        using var client = new HttpClient { Timeout = TimeSpan.FromSeconds(5) };
        using var answer = await client.GetAsync($"http://{Authority}/become/{status}");
    }

    /// <summary>Another process at the same address and port.</summary>
    public Task<BackendProcess> StartAgainAsync() => StartAsync(Descriptor.Host, [$"Port={Descriptor.Port}"]);

    /// <summary>Pulls the plug.</summary>
    public void Kill() => _process.Kill();

    public void Freeze() => ProcessSignals.Freeze(_process);

    public void Thaw() => ProcessSignals.Thaw(_process);

    /// <summary>Asks it to end, and waits for it.</summary>
    public async Task StopAsync()
    {
        ProcessSignals.AskToEnd(_process);
        await _process.WaitForExitAsync().WaitAsync(s_startLimit);
    }

    public async ValueTask DisposeAsync()
    {
        _process.Kill();
        await _process.WaitForExitAsync();
        _process.Dispose();
    }
}
