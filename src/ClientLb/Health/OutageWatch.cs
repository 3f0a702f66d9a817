using ClientLb.Endpoints;

namespace ClientLb.Health;

/// <summary>
/// Whether nobody at all has answered while attempts failed at several endpoints. A client that meets each of many endpoints rarely would otherwise eject those
/// that it happened to meet most, long before every one has failed. Driven by the cluster's loop.
/// </summary>
internal sealed class OutageWatch
{
    // So many times as many failures without a success as take one endpoint out.
    private const int Factor = 2;

    // Turns may follow each other at once: in so short a time nobody answers anyhow.
    private static readonly long s_patience = TimeSpan.FromMilliseconds(250).Ticks;

    private long _failures;
    private long _failuresThen;
    private long _silentSince;
    private long _successesThen;
    private volatile bool _isOutage;
    private bool _everyoneFailed;

    /// <summary>True from the turn of the loop that saw enough failures to the one that sees a success.</summary>
    public bool IsOutage => _isOutage;

    /// <summary>An attempt has failed, wherever.</summary>
    public void Count() => Interlocked.Increment(ref _failures);

    public void Look(IReadOnlyList<Endpoint> members, OutlierDetectionOptions options, long now)
    {
        Count(members, options, now);
        var everyoneFails = _isOutage || SelfReview.EveryoneFails(members, options, now);
        if (_everyoneFailed && !everyoneFails)
        {
            foreach (var member in members)
            {
                // Whoever answers first would get all the traffic, and the others, whose penalties have piled up, none for a minute.
                member.Load.ForgetOutage();
            }
        }

        _everyoneFailed = everyoneFails;
    }

    private void Count(IReadOnlyList<Endpoint> members, OutlierDetectionOptions options, long now)
    {
        var failures = Volatile.Read(ref _failures);
        if (failures == _failuresThen || _silentSince == 0)
        {
            // All is well, or a success was seen after the last failure; or it is the first look.
            _silentSince = now;
            return;
        }

        var (successes, failing) = (0L, 0);
        foreach (var member in members)
        {
            successes += member.Load.Successes;
            failing += member.Health.ConsecutiveFailures > 0 ? 1 : 0;
        }

        if (successes != _successesThen)
        {
            (_successesThen, _failuresThen, _silentSince) = (successes, failures, now);
            _isOutage = false;
        }
        else
        {
            _isOutage = failing > 1 && failures - _failuresThen >= Factor * options.ConsecutiveFailures && now - _silentSince >= s_patience;
        }
    }
}
