using System.Diagnostics;
using ClientLb.Discovery;
using ClientLb.Endpoints;

namespace ClientLb.IntegrationTests.Infrastructure;

/// <summary>Reads a source as a cluster would and remembers what it saw.</summary>
internal sealed class SourceReader : IRefreshSignal
{
    private readonly Lock _lock = new();
    private readonly List<EndpointUpdate> _updates = [];
    private TaskCompletionSource _seen = NewSource();
    private TaskCompletionSource _refresh = NewSource();

    public Task Completion { get; private set; } = Task.CompletedTask;

    public IReadOnlyList<EndpointUpdate> Updates
    {
        get
        {
            lock (_lock)
            {
                return [.. _updates];
            }
        }
    }

    public IReadOnlyList<EndpointDescriptor> Endpoints => Updates[^1].Endpoints;

    public void Run(IEndpointSource source, string cluster, CancellationToken cancellationToken) => Completion = Task.Run(
        async () =>
        {
            try
            {
                await foreach (var update in source.WatchAsync(new(cluster), this, cancellationToken))
                {
                    lock (_lock)
                    {
                        _updates.Add(update);
                        _seen.TrySetResult();
                        _seen = NewSource();
                    }
                }
            }
            catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
            {
            }
        },
        CancellationToken.None);

    public void Refresh() => Interlocked.Exchange(ref _refresh, NewSource()).TrySetResult();

    public Task WaitAsync(CancellationToken cancellationToken) => Volatile.Read(ref _refresh).Task.WaitAsync(cancellationToken);

    /// <summary>Waits for an update, one that was seen before included only where <paramref name="from"/> says so.</summary>
    /// <returns>The update and how long it took.</returns>
    public async Task<(EndpointUpdate Update, TimeSpan Took)> SeesAsync(Func<EndpointUpdate, bool> what, double withinSeconds = 5, int from = 0)
    {
        var clock = Stopwatch.StartNew();
        var limit = TimeSpan.FromSeconds(withinSeconds);
        while (true)
        {
            Task next;
            lock (_lock)
            {
                for (; from < _updates.Count; from++)
                {
                    if (what(_updates[from]))
                    {
                        return (_updates[from], clock.Elapsed);
                    }
                }

                next = _seen.Task;
            }

            var left = limit - clock.Elapsed;
            try
            {
                await (left > TimeSpan.Zero ? next.WaitAsync(left) : throw new TimeoutException());
            }
            catch (TimeoutException)
            {
                throw new TimeoutException($"Not seen within {withinSeconds} s. Last of {from}: {(from > 0 ? Describe(Updates[^1]) : "nothing")}");
            }
        }
    }

    public Task<(EndpointUpdate Update, TimeSpan Took)> SeesPortsAsync(double withinSeconds, params int[] ports) =>
        SeesAsync(u => u.Endpoints.Select(static e => e.Port).Order().SequenceEqual(ports.Order()), withinSeconds, Math.Max(0, Updates.Count - 1));

    private static string Describe(EndpointUpdate update) =>
        $"{update.Freshness}, {update.Endpoints.Count} endpoints, {string.Join(' ', update.Endpoints.Take(5))}, {update.Error?.Message}, {update.Note}";

    private static TaskCompletionSource NewSource() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
