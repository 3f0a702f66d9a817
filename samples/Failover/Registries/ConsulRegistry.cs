using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using ClientLb.DependencyInjection;
using ClientLb.Samples.Failover.Fleet;
using Microsoft.Extensions.DependencyInjection;

namespace ClientLb.Samples.Failover.Registries;

/// <summary>A Consul agent: one of its own, or one that was there already.</summary>
internal sealed class ConsulRegistry : IRegistry
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(15);

    private readonly IPAddress? _own;
    private readonly HttpClient _http;
    private readonly ConcurrentDictionary<string, bool> _ids = new();
    private Shell? _process;

    private ConsulRegistry(Uri agent, IPAddress? own)
    {
        Agent = agent;
        _own = own;
        _http = new() { BaseAddress = agent, Timeout = TimeSpan.FromSeconds(2) };
        if (Environment.GetEnvironmentVariable("CONSUL_HTTP_TOKEN") is { Length: > 0 } token)
        {
            _http.DefaultRequestHeaders.Add("X-Consul-Token", token);
        }
    }

    public string Name => "consul";

    public Uri Agent { get; }

    /// <summary>Starts a development agent, which keeps everything in memory, on an address of its own.</summary>
    public static async Task<ConsulRegistry> StartAsync(IPAddress address, CancellationToken cancellationToken)
    {
        var registry = new ConsulRegistry(new Uri($"http://{address}:8500/"), address);
        try
        {
            await registry.RestartAsync(cancellationToken);
            return registry;
        }
        catch
        {
            await registry.DisposeAsync();
            throw;
        }
    }

    /// <summary>Uses an agent that runs.</summary>
    public static async Task<ConsulRegistry> JoinAsync(Uri agent, CancellationToken cancellationToken)
    {
        var registry = new ConsulRegistry(agent, null);
        try
        {
            var known = await registry._http.GetStringAsync("v1/health/service/orders", cancellationToken);
            return known.Trim() == "[]" ? registry
                : throw new InvalidOperationException($"The Consul agent at {agent} knows a service 'orders' already: the sample would mix with it.");
        }
        catch (HttpRequestException e)
        {
            registry._http.Dispose();
            throw new InvalidOperationException($"The Consul agent at {agent} (CONSUL_HTTP_ADDR) can't be asked: {e.Message}", e);
        }
        catch
        {
            registry._http.Dispose();
            throw;
        }
    }

    public void AddTo(IClientLbBuilder clientLb) => clientLb.AddConsul(consul => consul.Addresses.Add(Agent.ToString()));

    public void Hear(string id, string line) => _ids[id] = true;

    public async Task KillAsync()
    {
        if (_process is not null)
        {
            await _process.DisposeAsync();
            _process = null;
        }
    }

    public async Task RestartAsync(CancellationToken cancellationToken)
    {
        _process = Shell.Leash("consul", "agent", "-dev", $"-bind={_own}", $"-client={_own}", "-log-level=err",
            string.Create(CultureInfo.InvariantCulture, $"-node=failover-{Environment.ProcessId}"), "-hcl", "ports { dns = -1 }");
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(Patience);
        while (!await HasLeaderAsync(limit.Token))
        {
            if (limit.IsCancellationRequested)
            {
                cancellationToken.ThrowIfCancellationRequested();
                throw new InvalidOperationException($"The consul agent on {_own} has no leader after {Patience.TotalSeconds} s.");
            }

            await Task.Delay(20, cancellationToken);
        }
    }

    public async ValueTask DisposeAsync()
    {
        await KillAsync();
        if (_own is null)
        {
            // Whoever was killed could not do it.
            foreach (var id in _ids.Keys)
            {
                using var response = await _http.PutAsync($"v1/agent/service/deregister/{id}", null);
            }
        }

        _http.Dispose();
    }

    private async Task<bool> HasLeaderAsync(CancellationToken cancellationToken)
    {
        try
        {
            return (await _http.GetStringAsync("v1/status/leader", cancellationToken)).Contains(':', StringComparison.Ordinal);
        }
        catch (Exception e) when (e is HttpRequestException or OperationCanceledException)
        {
            return false;
        }
    }
}
