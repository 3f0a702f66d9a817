using System.Runtime.CompilerServices;
using ClientLb.Discovery;
using ClientLb.Settings;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Options;

namespace ClientLb.Consul;

/// <summary>The instances that Consul lists. Serves every cluster; clusters that ask the same share one watch.</summary>
internal sealed class ConsulEndpointSource(ConsulRuntime runtime, IConfiguration configuration) : IEndpointSource, IDisposable, IAsyncDisposable
{
    private readonly Lock _lock = new();
    private readonly Dictionary<string, ConsulWatch> _watches = new(StringComparer.Ordinal);
    private readonly List<Task> _loops = [];
    private readonly CancellationTokenSource _stop = new();
    private bool _isDisposed;

    public string Name => "consul";

    public bool Selects => true;

    public async IAsyncEnumerable<EndpointUpdate> WatchAsync(
        EndpointQuery query, IRefreshSignal refresh, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var errors = new SettingErrors();
        var cluster = ConsulClusterOptions.Read(configuration, query.Cluster, errors);
        if (!errors.IsEmpty)
        {
            throw new OptionsValidationException(query.Cluster, typeof(ConsulOptions), errors.Messages);
        }

        var watch = Join(ConsulQuery.Create(query, runtime.Options, cluster));
        using var leave = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var forwarding = ForwardAsync(refresh, watch.Nudges, leave.Token);
        try
        {
            await foreach (var update in watch.Feed.ReadAsync(cancellationToken).ConfigureAwait(false))
            {
                yield return update;
            }
        }
        finally
        {
            lock (_lock)
            {
                watch.Readers--;
            }

            await leave.CancelAsync().ConfigureAwait(false);
            await forwarding.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    public void Dispose()
    {
        lock (_lock)
        {
            if (_isDisposed)
            {
                return;
            }

            _isDisposed = true;
        }

        _stop.Cancel();
        runtime.Dispose();
    }

    public async ValueTask DisposeAsync()
    {
        Dispose();
        await Task.WhenAll(_loops).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _stop.Dispose();
    }

    private static async Task ForwardAsync(IRefreshSignal refresh, ConsulNudges nudges, CancellationToken cancellationToken)
    {
        while (true)
        {
            await refresh.WaitAsync(cancellationToken).ConfigureAwait(false);
            nudges.Add(ConsulNudge.Look);
        }
    }

    private ConsulWatch Join(ConsulQuery query)
    {
        lock (_lock)
        {
            ObjectDisposedException.ThrowIf(_isDisposed, this);
            if (!_watches.TryGetValue(query.Key, out var watch))
            {
                if (_loops.Count == 0)
                {
                    Start(new ConsulPulse(runtime, NudgeAll).RunAsync);
                }

                _watches[query.Key] = watch = new(query, runtime);
                Start(token => watch.RunAsync(IsRetired, token));
            }

            watch.Readers++;
            return watch;
        }
    }

    // A loop belongs to the process and not to the call that happened to start it.
    private void Start(Func<CancellationToken, Task> loop)
    {
        _loops.RemoveAll(static l => l.IsCompleted);
        using (ExecutionContext.SuppressFlow())
        {
            _loops.Add(Task.Run(() => loop(_stop.Token)));
        }
    }

    // A watch that nobody reads lives to the end of its held query: to cancel it would not free its connection in the agent, and
    // whoever comes back meanwhile finds it.
    private bool IsRetired(ConsulWatch watch)
    {
        lock (_lock)
        {
            return watch.Readers == 0 && _watches.Remove(watch.Query.Key);
        }
    }

    private void NudgeAll(ConsulNudge nudge)
    {
        lock (_lock)
        {
            foreach (var watch in _watches.Values)
            {
                watch.Nudges.Add(nudge);
            }
        }
    }
}
