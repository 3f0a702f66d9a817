using System.Runtime.CompilerServices;
using System.Threading.Channels;
using ClientLb.Endpoints;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace ClientLb.Discovery;

/// <summary>
/// Several sources as one, in their order of preference: endpoints of a later one are used only where no eligible one of an earlier one is
/// left. An address that several list is one endpoint, as the first of them describes it.
/// </summary>
/// <remarks>
/// <para>The endpoints of source <c>i</c> get the priority <c>i × 10000</c> on top of their own, of which 0 to 9999 counts.</para>
/// <para>Each source is watched by itself: one that breaks is started again after a back-off and its last list stays in force meanwhile. One whose
/// list becomes empty, or loses more than half of four or more endpoints at once, makes the whole
/// <see cref="EndpointUpdate.IsIncomplete">incomplete</see>. The first list waits up to 2 s for the sources that are preferred to those that have answered.</para>
/// <para>The time of confirmation is that of the first source that has a list and still watches.</para>
/// </remarks>
public sealed class MergedEndpointSource : IEndpointSource
{
    // A registry that is well answers within milliseconds; a call waits for its first list up to 5 s by default, and a fallback should come well
    // within that.
    private static readonly TimeSpan FirstPatience = TimeSpan.FromSeconds(2);

    // Time enough for the cluster to have taken the list in: from then on the list is the list, and what it misses ends with its grace.
    private static readonly TimeSpan SettleAfter = TimeSpan.FromSeconds(5);

    private readonly IEndpointSource[] _parts;
    private readonly MonotonicClock _clock;
    private readonly IRandomSource _random;
    private readonly ILogger _logger;

    /// <summary>Merges sources.</summary>
    /// <param name="sources">The sources, the preferred one first. A merged one among them stands for its parts.</param>
    /// <exception cref="ArgumentException">There is none.</exception>
    public MergedEndpointSource(IEnumerable<IEndpointSource> sources)
        : this(sources, MonotonicClock.System, ThreadRandomSource.Instance, NullLogger.Instance)
    {
    }

    internal MergedEndpointSource(IEnumerable<IEndpointSource> sources, MonotonicClock clock, IRandomSource random, ILogger logger)
    {
        ArgumentNullException.ThrowIfNull(sources);
        _parts = [.. sources.SelectMany(static source => source is MergedEndpointSource merged ? merged._parts : [source])];
        _clock = clock;
        _random = random;
        _logger = logger;
        if (_parts.Length == 0)
        {
            throw new ArgumentException("There is no source to merge.", nameof(sources));
        }
    }

    /// <summary><c>merged</c>.</summary>
    public string Name => "merged";

    /// <summary>True where every part does.</summary>
    public bool Selects => Array.TrueForAll(_parts, static part => part.Selects);

    internal IReadOnlyList<IEndpointSource> Parts => _parts;

    /// <summary>Whether one of them does.</summary>
    /// <inheritdoc />
    public bool Serves(EndpointQuery query) => Array.Exists(_parts, part => part.Serves(query));

    /// <summary>Watches all of them, whether or not they say that they serve the cluster, and completes when all have.</summary>
    /// <inheritdoc cref="IEndpointSource.WatchAsync" />
    public async IAsyncEnumerable<EndpointUpdate> WatchAsync(
        EndpointQuery query, IRefreshSignal refresh, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(query);
        ArgumentNullException.ThrowIfNull(refresh);
        var merge = new SourceMerge(_parts.Select(static part => part.Name));
        var news = Channel.CreateUnbounded<Action<SourceMerge>>(new UnboundedChannelOptions { SingleReader = true });
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var signals = Array.ConvertAll(_parts, static _ => new RefreshSignal());
        var running = _parts.Select((_, i) => Task.Run(() => FollowAsync(i, query, signals[i], news.Writer, stop.Token), CancellationToken.None))
            .Append(FanOutAsync(refresh, signals, stop.Token)).ToArray();
        var patience = After(FirstPatience, news.Writer, static merge => merge.EndPatience());
        var settling = After(Timeout.InfiniteTimeSpan, news.Writer, static merge => merge.Settle());
        try
        {
            var isSettling = false;
            while (!merge.HasEnded || merge.HasCollapsed)
            {
                await news.Reader.WaitToReadAsync(cancellationToken).ConfigureAwait(false);
                while (news.Reader.TryRead(out var tell))
                {
                    tell(merge);
                }

                while (merge.Next() is { } update)
                {
                    yield return update;
                }

                if (merge.HasCollapsed && !isSettling)
                {
                    settling.Change(SettleAfter, Timeout.InfiniteTimeSpan);
                }

                isSettling = merge.HasCollapsed;
            }
        }
        finally
        {
            await patience.DisposeAsync().ConfigureAwait(false);
            await settling.DisposeAsync().ConfigureAwait(false);
            await stop.CancelAsync().ConfigureAwait(false);
            await Task.WhenAll(running).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private static async Task FanOutAsync(IRefreshSignal refresh, RefreshSignal[] signals, CancellationToken stop)
    {
        while (true)
        {
            await refresh.WaitAsync(stop).ConfigureAwait(false);
            Array.ForEach(signals, static signal => signal.Signal());
        }
    }

    private ITimer After(TimeSpan delay, ChannelWriter<Action<SourceMerge>> news, Action<SourceMerge> tell) =>
        _clock.TimeProvider.CreateTimer(_ => news.TryWrite(tell), null, delay, Timeout.InfiniteTimeSpan);

    private async Task FollowAsync(
        int part, EndpointQuery query, RefreshSignal refresh, ChannelWriter<Action<SourceMerge>> news, CancellationToken stop)
    {
        var source = _parts[part];
        var failures = 0;
        await new SteadyWatch(source, query, refresh, _clock.TimeProvider, _random).RunAsync(
            (update, _) =>
            {
                if (failures > 0 && update.Error is null)
                {
                    DiscoveryLog.SourceRecovered(_logger, query.Cluster, source.Name, failures);
                    failures = 0;
                }

                news.TryWrite(merge => merge.Take(part, update));
            },
            (error, _, delay) =>
            {
                failures++;
                DiscoveryLog.SourceFailed(_logger, query.Cluster, source.Name, error.Message, delay);
                news.TryWrite(merge => merge.Fail(part, error));
            },
            stop).ConfigureAwait(false);
        news.TryWrite(merge => merge.End(part));
    }
}
