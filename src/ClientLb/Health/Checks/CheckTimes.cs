using ClientLb.Endpoints;

namespace ClientLb.Health.Checks;

/// <summary>When the next check of an endpoint is due.</summary>
internal sealed class CheckTimes(HealthCheckOptions options, IRandomSource random)
{
    /// <summary>Hurried checks a second, at most, where many endpoints fail: unless the ordinary pace would be quicker.</summary>
    private const int MaxHurriedPerSecond = 100;

    private const double Jitter = 0.1;

    private readonly long _interval = options.Interval.Ticks;

    private int _hurriedPlans;

    /// <summary>The time between two hurried checks of an endpoint.</summary>
    public long Hurried => Math.Min(_interval, Math.Max(options.UnhealthyInterval.Ticks, _hurriedPlans * TimeSpan.TicksPerSecond / MaxHurriedPerSecond));

    /// <summary>A place of one's own in the interval that begins now.</summary>
    public long Place(long now, int index, int count) => now + (long)(_interval * (index + random.NextDouble()) / count);

    /// <summary>Soon again: the endpoint fails, has just failed, or has not passed yet.</summary>
    public void Hurry(CheckPlan plan, long startedAt, long now)
    {
        if (!plan.IsHurried)
        {
            plan.IsHurried = true;
            _hurriedPlans++;
        }

        plan.Due = Math.Max(now, startedAt + (long)(Hurried * Wobble()));
    }

    /// <summary>At its place in the next interval. One that was hurried gets a new place: those that failed together would stay together.</summary>
    public void Settle(CheckPlan plan, long startedAt, long now)
    {
        if (plan.IsHurried)
        {
            plan.IsHurried = false;
            _hurriedPlans--;
            plan.Base = now + (long)(_interval * random.NextDouble());
        }
        else
        {
            // Once at least: a check that its jitter has brought forward is that of the place to come.
            do
            {
                plan.Base += _interval;
            }
            while (plan.Base <= now);
        }

        // The jitter goes round the place and does not move it. Never twice within half an interval.
        plan.Due = Math.Max(plan.Base + (long)(_interval * (Wobble() - 1)), startedAt + (_interval / 2));
    }

    /// <summary>An endpoint that is hurried from its first moment, or leaves.</summary>
    public void Count(int hurried) => _hurriedPlans += hurried;

    private double Wobble() => 1 + (Jitter * ((2 * random.NextDouble()) - 1));
}
