using System.Collections.Concurrent;
using System.Diagnostics;

namespace ClientLb.IntegrationTests.Infrastructure;

/// <summary>A real agent on an address of its own, with the default ports.</summary>
internal sealed class ConsulAgent : IAsyncDisposable
{
    private static readonly TimeSpan s_startLimit = TimeSpan.FromSeconds(20);

    private readonly ConcurrentQueue<string> _output = new();
    private readonly TemporaryDirectory _data = new();
    private readonly List<string> _arguments;
    private readonly string? _token;
    private Process? _process;

    private ConsulAgent(string address, string node, IEnumerable<string> arguments, string? token)
    {
        Address = address;
        Node = node;
        _token = token;
        _arguments =
        [
            "agent", $"-bind={address}", $"-client={address}", $"-node={node}", "-log-level=err", "-disable-host-node-id",
            "-hcl", "ports { dns = -1 }", "-hcl", "performance { raft_multiplier = 1 }", "-hcl", "limits { http_max_conns_per_client = 10000 }",
            .. arguments,
        ];
        Api = new(new Uri($"http://{address}:8500/"), token);
    }

    public string Address { get; }

    public string Node { get; }

    public Uri Uri => Api.Uri;

    public ConsulApi Api { get; }

    /// <summary>One agent that is everything and keeps nothing.</summary>
    public static Task<ConsulAgent> StartDevAsync(string hcl = "") => StartAsync(["-dev", "-hcl", hcl], waitForLeader: true);

    /// <summary>A server that is alone and keeps its data over a restart.</summary>
    public static Task<ConsulAgent> StartServerAsync(string hcl = "") =>
        StartAsync(["-server", "-bootstrap-expect=1", "-hcl", hcl], waitForLeader: true);

    public static async Task<ConsulAgent> StartAsync(IEnumerable<string> arguments, bool waitForLeader, string? address = null)
    {
        address ??= LoopbackAddress.Next();
        var agent = new ConsulAgent(address, "n" + address.Replace('.', '-'), arguments, null);
        try
        {
            agent.Launch();
            if (waitForLeader)
            {
                await agent.WaitForLeaderAsync();
            }
        }
        catch
        {
            await agent.DisposeAsync();
            throw;
        }

        return agent;
    }

    public Task WaitForLeaderAsync() => Eventually.IsTrueAsync(
        async () => await Api.LeaderAsync() is { Length: > 0 } && (await Api.InstancesAsync("consul")).Count > 0,
        s_startLimit, $"agent {Node} has a leader; it says: {string.Join('\n', _output)}");

    /// <summary>Pulls the plug.</summary>
    public async Task KillAsync()
    {
        if (_process is { } process)
        {
            _process = null;
            process.Kill();
            await process.WaitForExitAsync();
            process.Dispose();
        }
    }

    /// <summary>Starts it again, on the same address and with the same data.</summary>
    public async Task RestartAsync()
    {
        await KillAsync();
        Launch();
        await WaitForLeaderAsync();
    }

    /// <summary>Starts it again after it was killed, without waiting until it works.</summary>
    public void Relaunch() => Launch();

    public void Freeze() => ProcessSignals.Freeze(_process!);

    public void Continue() => ProcessSignals.Thaw(_process!);

    public async ValueTask DisposeAsync()
    {
        await KillAsync();
        Api.Dispose();
        _data.Dispose();
    }

    private void Launch()
    {
        var process = ConsulProgram.Start(_arguments.Contains("-dev") ? _arguments : [.. _arguments, $"-data-dir={_data.Path}"]);
        process.OutputDataReceived += (_, e) => Note(e.Data);
        process.ErrorDataReceived += (_, e) => Note(e.Data);
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        _process = process;
    }

    private void Note(string? line)
    {
        if (!string.IsNullOrWhiteSpace(line) && _output.Count < 50)
        {
            _output.Enqueue(line);
        }
    }
}
