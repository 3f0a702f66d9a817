using System.Runtime.CompilerServices;
using ClientLb.Discovery;
using ClientLb.Endpoints;
using Microsoft.Extensions.Logging;

namespace ClientLb.Consul;

/// <summary>What a watch has found out: one writer, the loop of the watch; any number of readers.</summary>
internal sealed class ConsulFeed(string service, MonotonicClock clock, ILogger logger)
{
    private const string EmptyHint = "either there is none, or the token lacks rights: without service:read on the service and node:read on its "
        + "nodes Consul answers with an empty list and not with an error";

    private readonly ConsulDecoder _decoder = new(service, logger);
    private EndpointDescriptor[]? _endpoints;
    private EndpointUpdate? _list;
    private string? _failover;
    private volatile ConsulNews _latest = new(null);

    /// <summary>Takes an answer over; one that says what is known already only confirms it.</summary>
    /// <returns>Whether it is another list.</returns>
    public bool Publish(ConsulAnswer answer, bool isStale)
    {
        var endpoints = _decoder.Decode(answer.Entries);
        var known = _endpoints;
        var isSame = known is not null && endpoints.AsSpan().SequenceEqual(known);
        if (!isSame)
        {
            var before = known?.Length ?? 0;
            _endpoints = endpoints;
            if (endpoints.Length == 0)
            {
                ConsulLog.Emptied(logger, service, before, EmptyHint);
            }
            else
            {
                ConsulLog.Listed(logger, service, endpoints.Length, before);
            }
        }

        if (_failover != answer.Failover)
        {
            _failover = answer.Failover;
            ConsulLog.OtherDatacenter(logger, service, _failover ?? "(the one that was asked)");
        }

        var freshness = isStale ? UpdateFreshness.Stale : isSame ? UpdateFreshness.Unchanged : UpdateFreshness.Fresh;
        if (isSame && isStale && _list?.Freshness == UpdateFreshness.Stale)
        {
            return false;
        }

        // What a stale server says confirms nothing newer than its last word from the leader.
        _list = new(_endpoints!, clock.Now - (isStale ? answer.Age.Ticks : 0), freshness)
        {
            Note = endpoints.Length == 0 ? $"Consul lists no instance of '{service}': {EmptyHint}."
                : answer.Failover is not null ? $"The data centre '{answer.Failover}' serves '{service}', another one than was asked."
                : null,
        };
        _latest = _latest.Append(_list);
        return !isSame;
    }

    public void Report(Exception error)
    {
        var update = _list is null
            ? new EndpointUpdate([], clock.Now, UpdateFreshness.Unchanged) { Error = error }
            : _list with { Freshness = UpdateFreshness.Unchanged, Error = error };
        _latest = _latest.Append(update);
    }

    public int Count => _endpoints?.Length ?? 0;

    public void End() => _latest.End();

    public async IAsyncEnumerable<EndpointUpdate> ReadAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var news = _latest;
        if (news.Update is { } latest)
        {
            // To this reader the list is new, whatever it was to those before it.
            yield return latest.Freshness != UpdateFreshness.Unchanged ? latest
                : latest with { Freshness = latest.Error is null ? UpdateFreshness.Fresh : UpdateFreshness.Stale };
        }

        while (true)
        {
            news = await news.Next.WaitAsync(cancellationToken).ConfigureAwait(false);
            var isNew = news.Update!.Freshness != UpdateFreshness.Unchanged;

            // A slow reader needs only the last one, and must hear that something was new.
            while (news.Next.IsCompletedSuccessfully)
            {
                news = await news.Next.ConfigureAwait(false);
                isNew |= news.Update!.Freshness != UpdateFreshness.Unchanged;
            }

            var update = news.Update!;
            yield return isNew && update.Freshness == UpdateFreshness.Unchanged
                ? update with { Freshness = update.Error is null ? UpdateFreshness.Fresh : UpdateFreshness.Stale }
                : update;
        }
    }
}
