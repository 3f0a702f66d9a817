using ClientLb.Admission;
using ClientLb.Endpoints;

namespace ClientLb.Clusters;

/// <summary>The cap of the retry budget follows the rate of successes, smoothed over about its horizon.</summary>
internal sealed class BudgetFunding(RetryBudget budget, long startedAt)
{
    private long _successesSeen;
    private long _since = startedAt;
    private double _rate;

    /// <param name="options">The budget's numbers.</param>
    /// <param name="successes">All successes so far.</param>
    /// <param name="now">The present, in ticks.</param>
    public void Look(RetryBudgetOptions options, long successes, long now)
    {
        var elapsed = (now - _since) / (double)MonotonicClock.TicksPerSecond;
        if (elapsed < 0.5)
        {
            return;
        }

        // Endpoints that have left take their counts with them.
        var rate = Math.Max(0, successes - _successesSeen) / elapsed;
        var share = Math.Min(1, elapsed / options.Horizon.TotalSeconds);

        // Rising is believed at once, since the bucket still has to be filled by successes; falling is smoothed.
        _rate = rate > _rate ? rate : _rate + ((rate - _rate) * share);
        _successesSeen = successes;
        _since = now;
        budget.Configure(options, _rate);
    }
}
