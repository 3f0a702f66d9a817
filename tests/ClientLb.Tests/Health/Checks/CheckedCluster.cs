using ClientLb.Clusters;
using ClientLb.Endpoints;
using ClientLb.Health;
using ClientLb.Tests.Infrastructure;

namespace ClientLb.Tests.Health.Checks;

/// <summary>A cluster in virtual time whose active checks a test answers.</summary>
internal sealed class CheckedCluster : IDisposable
{
    private readonly Dictionary<int, HealthCheckResult> _answers = [];
    private readonly Dictionary<int, Exception> _errors = [];
    private readonly List<TaskCompletionSource<HealthCheckResult>> _open = [];

    public CheckedCluster(Action<HealthCheckOptions>? configure = null)
    {
        var options = new ClusterOptions();
        options.HealthCheck.Check = CheckAsync;
        configure?.Invoke(options.HealthCheck);
        Inner = new TestCluster(options);
    }

    public TestCluster Inner { get; }

    /// <summary>Every check so far: when it began, in seconds since the start, and where.</summary>
    public List<(double At, int Port)> Checks { get; } = [];

    /// <summary>True: checks wait until <see cref="Finish"/>, or their time is over.</summary>
    public bool Hangs { get; set; }

    /// <summary>Checks that wait.</summary>
    public int Waiting => _open.Count(check => !check.Task.IsCompleted);

    public double Now { get; private set; }

    public static CheckedCluster Of(int endpoints, Action<HealthCheckOptions>? configure = null)
    {
        var cluster = new CheckedCluster(configure);
        cluster.Inner.List([.. Enumerable.Range(1, endpoints).Select(TestCluster.At)]);
        cluster.Now += 0.1;
        return cluster;
    }

    public CheckStatus this[int port] => Inner[port].Health.Check;

    public void Answers(int port, HealthCheckResult result) => _answers[port] = result;

    public void Fails(params int[] ports) => Array.ForEach(ports, port => Answers(port, HealthCheckResult.Unhealthy("answered 503")));

    public void Throws(Exception error, params int[] ports) => Array.ForEach(ports, port => _errors[port] = error);

    public void Passes(params int[] ports) => Array.ForEach(ports, port => Answers(port, HealthCheckResult.Healthy));

    public void Pass(double seconds)
    {
        Inner.Pass(seconds);
        Now += seconds;
    }

    /// <summary>Another list comes.</summary>
    public void List(params EndpointDescriptor[] endpoints)
    {
        Inner.List(endpoints);
        Now += 0.1;
    }

    public void Configure(Action<ClusterOptions> configure)
    {
        var options = new ClusterOptions();
        options.HealthCheck.Check = CheckAsync;
        configure(options);
        Inner.Cluster.Configure(options);
        Pass(0.2);
    }

    /// <summary>Ends the oldest checks that wait.</summary>
    public void Finish(int count)
    {
        // Without a context what follows happens here and now.
        var context = SynchronizationContext.Current;
        SynchronizationContext.SetSynchronizationContext(null);
        try
        {
            _open.Where(check => !check.Task.IsCompleted).Take(count).ToList().ForEach(check => check.TrySetResult(HealthCheckResult.Healthy));
        }
        finally
        {
            SynchronizationContext.SetSynchronizationContext(context);
        }
    }

    public int CountOf(int port) => Checks.Count(check => check.Port == port);

    public void Dispose() => Inner.Dispose();

    private async ValueTask<HealthCheckResult> CheckAsync(Endpoint endpoint, CancellationToken cancellationToken)
    {
        Checks.Add((TimeSpan.FromTicks(Inner.Clock.Now).TotalSeconds - TimeSpan.FromDays(1).TotalSeconds, endpoint.Port));
        if (_errors.TryGetValue(endpoint.Port, out var error))
        {
            throw error;
        }

        if (!Hangs)
        {
            return _answers.GetValueOrDefault(endpoint.Port, HealthCheckResult.Healthy);
        }

        // It overlooks its token, as bad code does.
        var check = new TaskCompletionSource<HealthCheckResult>();
        _open.Add(check);
        return await check.Task.ConfigureAwait(false);
    }
}
