using System.Runtime.CompilerServices;
using ClientLb.Endpoints;
using Microsoft.Extensions.Logging;

namespace ClientLb.Discovery;

/// <summary>
/// A source with its last good list on disk behind it: where the source has none to begin with, the stored one serves, marked as stale and with its age,
/// until the source speaks. For one cluster.
/// </summary>
internal sealed class StoredEndpointSource(
    IEndpointSource source, StoredListFile file, StoredListWriter writer, TimeSpan patience, MonotonicClock clock, ILogger logger) : IEndpointSource
{
    /// <summary>A file system that hangs must not hold the watch; with the default patience it is still within the time that first calls wait.</summary>
    private static readonly TimeSpan s_readLimit = TimeSpan.FromSeconds(4);

    // Of the cluster, not of the watch, which is started again when it breaks.
    private EndpointUpdate? _stored;
    private bool _hasLooked;
    private bool _hasSpoken;

    public string Name => source.Name;

    public bool Selects => source.Selects;

    public bool Serves(EndpointQuery query) => source.Serves(query);

    public async IAsyncEnumerable<EndpointUpdate> WatchAsync(
        EndpointQuery query, IRefreshSignal refresh, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        using var leave = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var updates = FollowAsync(query, refresh, leave.Token).GetAsyncEnumerator(leave.Token);
        var next = updates.MoveNextAsync().AsTask();
        var isOver = false;
        try
        {
            if (!_hasLooked && !_hasSpoken && await WhyNoListAsync(next, updates, cancellationToken).ConfigureAwait(false) is { } why)
            {
                _hasLooked = true;
                var stored = await ReadAsync(why, cancellationToken).ConfigureAwait(false);

                // It may have spoken while the file was read.
                if (stored is not null && !HasList(next, updates))
                {
                    _stored = stored;
                    yield return stored;
                }
            }

            while (await next.WaitAsync(cancellationToken).ConfigureAwait(false))
            {
                yield return Take(updates.Current);
                next = updates.MoveNextAsync().AsTask();
            }

            isOver = true;
        }
        finally
        {
            // A watch that broke is started again at once: its writes go on meanwhile.
            if (isOver || cancellationToken.IsCancellationRequested)
            {
                await writer.FlushAsync().ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }

            await leave.CancelAsync().ConfigureAwait(false);
            await ((Task)next).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            await updates.DisposeAsync().ConfigureAwait(false);
        }
    }

    // What the source throws before its first await comes out of MoveNextAsync like all else.
    private async IAsyncEnumerable<EndpointUpdate> FollowAsync(
        EndpointQuery query, IRefreshSignal refresh, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await foreach (var update in source.WatchAsync(query, refresh, cancellationToken).ConfigureAwait(false))
        {
            yield return update;
        }
    }

    /// <summary>Why the stored list has to serve; <see langword="null"/> where the source gives a list in time.</summary>
    private async Task<string?> WhyNoListAsync(Task<bool> next, IAsyncEnumerator<EndpointUpdate> updates, CancellationToken cancellationToken)
    {
        try
        {
            if (!await next.WaitAsync(patience, clock.TimeProvider, cancellationToken).ConfigureAwait(false))
            {
                return "it has ended";
            }

            return updates.Current.HasList ? null : updates.Current.Error?.Message;
        }
        catch (TimeoutException) when (!next.IsCompleted)
        {
            return $"nothing within {patience}";
        }
#pragma warning disable CA1031 // Whatever a source throws, it is thrown again when the stored list has been given.
        catch (Exception e) when (!cancellationToken.IsCancellationRequested)
#pragma warning restore CA1031
        {
            return e.Message;
        }
    }

    private static bool HasList(Task<bool> next, IAsyncEnumerator<EndpointUpdate> updates) =>
        next.IsCompletedSuccessfully && next.GetAwaiter().GetResult() && updates.Current.HasList;

    private async Task<EndpointUpdate?> ReadAsync(string why, CancellationToken cancellationToken)
    {
        StoredList? list;
        try
        {
            list = await Task.Run(file.Read, cancellationToken).WaitAsync(s_readLimit, clock.TimeProvider, cancellationToken).ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
            list = file.Refuse($"it could not be read within {s_readLimit}");
        }

        if (list is null)
        {
            return null;
        }

        var age = clock.TimeProvider.GetUtcNow() - list.ConfirmedAt;
        age = age < TimeSpan.Zero ? TimeSpan.Zero : age;
        var spoken = TimeSpan.FromSeconds(Math.Floor(age.TotalSeconds));
        DiscoveryLog.StoredListServes(logger, file.Cluster, file.Source, why, list.Endpoints.Count, spoken, file.Path);
        return new(list.Endpoints, clock.Now - age.Ticks, UpdateFreshness.Stale)
        {
            Note = $"The list is from disk, {spoken} old when it was read, because the source '{file.Source}' gave none.",
        };
    }

    private EndpointUpdate Take(EndpointUpdate update)
    {
        if (!update.HasList)
        {
            return _stored is null ? update : update with
            {
                Endpoints = _stored.Endpoints,
                ConfirmedAt = _stored.ConfirmedAt,
                Freshness = UpdateFreshness.Unchanged,
                Note = update.Note ?? _stored.Note,
            };
        }

        _hasSpoken = true;
        if (_stored is not null)
        {
            _stored = null;
            DiscoveryLog.StoredListReplaced(logger, file.Cluster, file.Source, update.Endpoints.Count);

            // What only confirms a list is news to a cluster that has another one.
            update = update.Freshness == UpdateFreshness.Unchanged ? update with { Freshness = UpdateFreshness.Fresh } : update;
        }

        if (update.Error is null && update.Freshness != UpdateFreshness.Stale && update.Endpoints.Count > 0)
        {
            writer.Offer(update.Endpoints, update.ConfirmedAt);
        }

        return update;
    }
}
