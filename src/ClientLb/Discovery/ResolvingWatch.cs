using System.Threading.Channels;
using ClientLb.Endpoints;
using Microsoft.Extensions.Logging;

namespace ClientLb.Discovery;

/// <summary>One watch of a source whose names are looked up. All that happens comes through one queue, so nothing here is shared.</summary>
internal sealed class ResolvingWatch(
    IEndpointSource source, EndpointQuery query, Dictionary<string, NameExpansion.Known> names, DnsOptions options, INameResolver resolver, MonotonicClock clock,
    IRandomSource random, ILogger logger)
{
    private const int MaxLookUps = 4;

    // As long as a merged source waits for its parts: names that resolve are not held up by one that does not.
    private static readonly TimeSpan FirstPatience = TimeSpan.FromSeconds(2);

    private readonly NameExpansion _expansion = new(names, clock);
    private readonly Channel<Action> _news = Channel.CreateUnbounded<Action>(new UnboundedChannelOptions { SingleReader = true });
    private readonly Dictionary<string, (NameWatch Watch, CancellationTokenSource Stop)> _watches = new(StringComparer.OrdinalIgnoreCase);
    private readonly List<Task> _running = [];
    private readonly RefreshSignal _refresh = new();

    /// <summary>Watches. A watch is used once.</summary>
    public async IAsyncEnumerable<EndpointUpdate> RunAsync(
        IRefreshSignal refresh, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellationToken)
    {
        using var slots = new SemaphoreSlim(MaxLookUps);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var patience = clock.TimeProvider.CreateTimer(
            _ => _news.Writer.TryWrite(_expansion.EndPatience), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        _running.Add(FollowAsync(stop.Token));
        _running.Add(ForwardAsync(refresh, stop.Token));
        try
        {
            while (!_expansion.HasEnded || names.Count > 0)
            {
                // Throws what the source has thrown: the watch broke and is started again by whoever follows it.
                await _news.Reader.WaitToReadAsync(cancellationToken).ConfigureAwait(false);
                while (_news.Reader.TryRead(out var happen))
                {
                    happen();

                    // After each and not after all: a name that goes and comes back at once is a new one.
                    if (FollowNames(slots, stop.Token))
                    {
                        patience.Change(FirstPatience, Timeout.InfiniteTimeSpan);
                    }
                }

                while (_expansion.Next() is { } update)
                {
                    yield return update;
                }
            }
        }
        finally
        {
            await patience.DisposeAsync().ConfigureAwait(false);
            await stop.CancelAsync().ConfigureAwait(false);
            await Task.WhenAll(_running).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            _ = _news.Reader.Completion.Exception;
            foreach (var (_, own) in _watches.Values)
            {
                own.Dispose();
            }
        }
    }

    private async Task FollowAsync(CancellationToken stop)
    {
        try
        {
            await foreach (var update in source.WatchAsync(query, _refresh, stop).ConfigureAwait(false))
            {
                _news.Writer.TryWrite(() => _expansion.Take(update));
            }

            _news.Writer.TryWrite(_expansion.End);
        }
#pragma warning disable CA1031 // It is thrown again where the watch is read.
        catch (Exception e)
#pragma warning restore CA1031
        {
            _news.Writer.TryComplete(e);
        }
    }

    private async Task ForwardAsync(IRefreshSignal refresh, CancellationToken stop)
    {
        while (true)
        {
            await refresh.WaitAsync(stop).ConfigureAwait(false);
            _refresh.Signal();
            _news.Writer.TryWrite(() =>
            {
                foreach (var (watch, _) in _watches.Values)
                {
                    watch.Refresh();
                }
            });
        }
    }

    /// <summary>Starts to look up what is new in the list and stops what is gone.</summary>
    /// <returns>True when something is new.</returns>
    private bool FollowNames(SemaphoreSlim slots, CancellationToken stop)
    {
        if (names.Count == _watches.Count && names.Keys.All(_watches.ContainsKey))
        {
            return false;
        }

        foreach (var gone in _watches.Keys.Where(name => !names.ContainsKey(name)).ToList())
        {
            _watches.Remove(gone, out var watch);
            watch.Stop.Cancel();
            watch.Stop.Dispose();
        }

        _running.RemoveAll(static task => task.IsCompletedSuccessfully);
        var isNew = false;
        foreach (var name in names.Keys.Where(name => !_watches.ContainsKey(name)))
        {
            isNew = true;
            var watch = new NameWatch(name, options, resolver, slots, clock, random);
            var own = CancellationTokenSource.CreateLinkedTokenSource(stop);
            var token = own.Token;
            _watches.Add(name, (watch, own));
            _running.Add(Task.Run(
                () => watch.RunAsync(
                    addresses => _news.Writer.TryWrite(() => Find(name, watch, addresses)),
                    error => _news.Writer.TryWrite(() => Fail(name, watch, error)),
                    token),
                CancellationToken.None));
        }

        return isNew;
    }

    private void Find(string name, NameWatch watch, IReadOnlyList<string> addresses)
    {
        if (!IsCurrent(name, watch))
        {
            return;
        }

        if (_expansion.Find(name, addresses) is not { } before)
        {
            return;
        }

        if (before.Addresses is null || !before.Addresses.SequenceEqual(addresses))
        {
            DiscoveryLog.NameResolved(logger, query.Cluster, name, string.Join(", ", addresses), before.Addresses?.Count ?? 0);
        }
        else if (before.Error is not null)
        {
            DiscoveryLog.NameResolvedAgain(logger, query.Cluster, name);
        }
    }

    private void Fail(string name, NameWatch watch, Exception error)
    {
        // Said once and not with every try.
        if (IsCurrent(name, watch) && _expansion.Fail(name, error) is { Error: null } before)
        {
            DiscoveryLog.NameFailed(logger, query.Cluster, error.Message, before.Addresses?.Count ?? 0);
        }
    }

    // What a look-up says whose name has gone, and may have come back since, is not news.
    private bool IsCurrent(string name, NameWatch watch) => _watches.TryGetValue(name, out var current) && ReferenceEquals(current.Watch, watch);
}
