using ClientLb.Clusters;
using ClientLb.Endpoints;
using ClientLb.Health;
using ClientLb.IntegrationTests.Infrastructure;

namespace ClientLb.IntegrationTests.Health;

/// <summary>An application whose cluster is actively checked, quickly.</summary>
internal sealed class CheckedApp : IAsyncDisposable
{
    private static readonly TimeSpan s_limit = TimeSpan.FromSeconds(60);

    private readonly BalancedApp _app;

    private CheckedApp(BalancedApp app) => _app = app;

    /// <summary>How often the library has logged something of this id.</summary>
    public int Logged(int id) => _app.Log.Lines.Count(line => line.Contains($"Information {id} ", StringComparison.Ordinal) || line.Contains($"Warning {id} ", StringComparison.Ordinal));

    public static CheckedApp To(IEnumerable<EndpointDescriptor> endpoints, Action<HealthCheckOptions> configure) =>
        new(BalancedApp.To("checked", endpoints, clusterOptions: options =>
        {
            var check = options.HealthCheck;
            check.Interval = TimeSpan.FromMilliseconds(500);
            check.UnhealthyInterval = TimeSpan.FromMilliseconds(100);
            check.Timeout = TimeSpan.FromMilliseconds(500);
            configure(check);
        }));

    public ClusterRegistry Clusters => _app.Clusters;

    /// <summary>The verdict on an endpoint.</summary>
    public CheckStatus Verdict(EndpointDescriptor of) => Endpoint(of).Health.Check;

    public Endpoint Endpoint(EndpointDescriptor of) =>
        _app.Cluster.Snapshot.Endpoints.Single(endpoint => endpoint.Port == of.Port && endpoint.Host == of.Host);

    /// <summary>Waits for a verdict.</summary>
    public async Task<CheckStatus> SaysAsync(EndpointDescriptor of, CheckState state)
    {
        await _app.Cluster.ResolvedAsync(CancellationToken.None);
        await Eventually.IsTrueAsync(() => Task.FromResult(Verdict(of).State == state), s_limit,
            $"{of.Id} is {state}, it is {Verdict(of).State} ({Verdict(of).Reason})");
        return Verdict(of);
    }

    /// <summary>Waits until an endpoint is out by this evidence: a moment after the verdict.</summary>
    public Task IsOutByAsync(EndpointDescriptor of, Evidence evidence) => Eventually.IsTrueAsync(
        () => Task.FromResult(Endpoint(of).Health.Status.Evidence == evidence), s_limit, $"{of.Id} is out by {evidence}, not by {Endpoint(of).Health.Status.Evidence}");

    public ValueTask DisposeAsync() => _app.DisposeAsync();
}
