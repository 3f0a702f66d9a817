using System.Net;
using System.Net.Http.Json;

namespace ClientLb.Samples.Failover.Backends;

/// <summary>Registers with a Consul agent, which checks it every second; looks every two whether it is still known there.</summary>
internal sealed class ConsulAnnouncer : IAnnouncer, IDisposable
{
    private readonly HttpClient _agent;
    private readonly string _id;
    private readonly IPEndPoint _address;

    public ConsulAnnouncer(Uri agent, string id, IPEndPoint address)
    {
        _agent = new() { BaseAddress = agent, Timeout = TimeSpan.FromSeconds(2) };
        _id = id;
        _address = address;
        if (Environment.GetEnvironmentVariable("CONSUL_HTTP_TOKEN") is { Length: > 0 } token)
        {
            _agent.DefaultRequestHeaders.Add("X-Consul-Token", token);
        }
    }

    public async Task AnnounceAsync(CancellationToken stop)
    {
        // At the start whatever is known under this id is an earlier life of it, at another port.
        var isKnown = false;
        using var timer = new PeriodicTimer(TimeSpan.FromSeconds(2));
        do
        {
            try
            {
                if (!isKnown)
                {
                    await RegisterAsync(stop);
                    Console.WriteLine($"{BackendReport.Beat} {_address}");
                }

                isKnown = await IsKnownAsync(stop);
            }
            catch (Exception e) when (e is HttpRequestException or TaskCanceledException && !stop.IsCancellationRequested)
            {
                // The agent is away: it is asked again, for as long as it takes.
            }
        }
        while (await timer.WaitForNextTickAsync(stop));
    }

    public async Task WithdrawAsync()
    {
        try
        {
            using var response = await _agent.PutAsync($"v1/agent/service/deregister/{_id}", null);
        }
        catch (Exception e) when (e is HttpRequestException or TaskCanceledException)
        {
            // Then the agent's own check finds out.
        }
    }

    public void Dispose() => _agent.Dispose();

    private async Task RegisterAsync(CancellationToken stop)
    {
        var registration = new
        {
            ID = _id,
            Name = "orders",
            Address = _address.Address.ToString(),
            _address.Port,
            Check = new
            {
                HTTP = $"http://{_address}/health",
                Interval = "1s",
                Timeout = "1s",
                Status = "passing",
                DeregisterCriticalServiceAfter = "1m",
            },
        };
        using var response = await _agent.PutAsJsonAsync("v1/agent/service/register", registration, options: null, stop);
        response.EnsureSuccessStatusCode();
    }

    private async Task<bool> IsKnownAsync(CancellationToken stop)
    {
        using var response = await _agent.GetAsync($"v1/agent/service/{_id}", stop);
        return response.StatusCode != HttpStatusCode.NotFound;
    }
}
