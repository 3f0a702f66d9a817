using System.Runtime.CompilerServices;
using ClientLb.Endpoints;

namespace ClientLb.Health;

/// <summary>
/// Finds endpoints that are frozen or cut off: at least two attempts wait, no byte comes, and others answer. Looks from the cluster's
/// loop, some ten times a second while calls are in flight; attempts pay nothing for it.
/// </summary>
/// <remarks>
/// One silent attempt may be a slow call, and a policy that sees it waiting sends no second one. So after the stall time the endpoint wants a
/// witness: the next call that may be repeated goes there. If that is answered, the first was a slow call; if not, there are two.
/// </remarks>
internal sealed class StallDetector(HealthJudge judge)
{
    private const int Suspicious = 2;
    private const int EnoughForP99 = 200;

    // Looks are 0.1 s apart while calls are in flight. After a longer pause this process was frozen, not its endpoints.
    private static readonly long LongestPause = TimeSpan.FromMilliseconds(500).Ticks;

    private readonly ConditionalWeakTable<Endpoint, Watch> _watches = [];

    // At least as many as there are watches: an endpoint that is retired may take its own with it.
    private int _watched;
    private long _lookedAt;

    /// <summary>One look at all endpoints.</summary>
    /// <param name="endpoints">The live endpoints.</param>
    /// <param name="now">The present, in ticks.</param>
    /// <returns>True when an endpoint wants a witness from now on.</returns>
    public bool Look(ReadOnlySpan<Endpoint> endpoints, long now)
    {
        // An answer by anyone proves that this process and its network are well. The second latest counts for the latest itself.
        var pause = now - _lookedAt;
        _lookedAt = now;
        var slept = pause > LongestPause ? pause : 0;
        long latest = 0, second = 0;
        foreach (var endpoint in endpoints)
        {
            var at = endpoint.Load.Successes == 0 ? 0 : endpoint.Load.LastByteAt;
            if (at > latest)
            {
                (latest, second) = (at, latest);
            }
            else if (at > second)
            {
                second = at;
            }
        }

        var wanted = false;
        foreach (var endpoint in endpoints)
        {
            wanted |= Look(endpoint, now, slept, endpoint.Load.LastByteAt == latest ? second : latest);
        }

        return wanted;
    }

    private bool Look(Endpoint endpoint, long now, long slept, long othersAnsweredAt)
    {
        var load = endpoint.Load;
        var awaiting = load.Awaiting;
        if (awaiting == 0)
        {
            // Attempts to a stalled endpoint have ended; whether it lives is for the probation to find out.
            if (_watched != 0 && _watches.Remove(endpoint))
            {
                _watched--;
                endpoint.Health.AbandonBefore = 0;
                endpoint.Health.WantsWitness = false;
            }

            return false;
        }

        if (!_watches.TryGetValue(endpoint, out var watch))
        {
            // A lone attempt is watched once it is old: nearly all are answered before.
            if (awaiting >= Suspicious || load.MeanAge(now) >= judge.Options.StallTime.Ticks / 2)
            {
                // Silence counts from the first look that saw the attempts, so a loop that slept accuses nobody.
                _watches.Add(endpoint, new Watch { SilentSince = now, TogetherSince = now });
                _watched++;
            }

            return false;
        }

        if (load.LastByteAt >= watch.SilentSince)
        {
            if (watch.IsStalled)
            {
                judge.Machine.OnSignOfLife(endpoint, "it answers again");
                endpoint.Health.AbandonBefore = 0;
            }

            watch.IsStalled = false;
            watch.HasAsked = false;
            endpoint.Health.WantsWitness = false;
            watch.SilentSince = watch.TogetherSince = Math.Max(load.LastByteAt + 1, watch.SilentSince);
            return false;
        }

        // The time in which nobody looked is no silence of the endpoint's.
        watch.SilentSince = Math.Min(now, watch.SilentSince + slept);
        watch.TogetherSince = Math.Min(now, watch.TogetherSince + slept);
        return awaiting < Suspicious && !watch.IsStalled
            ? LookAtOne(endpoint, watch, now, othersAnsweredAt)
            : LookAtSeveral(endpoint, watch, now, othersAnsweredAt);
    }

    private bool LookAtOne(Endpoint endpoint, Watch watch, long now, long othersAnsweredAt)
    {
        watch.TogetherSince = now;
        if (watch.HasAsked || othersAnsweredAt <= watch.SilentSince || now - watch.SilentSince < Threshold(endpoint.Load)
            || endpoint.Health.Status.State != HealthState.Healthy)
        {
            return false;
        }

        // Asked once for each silence: a call that is slow by nature must not draw others behind it.
        watch.HasAsked = true;
        endpoint.Health.WantsWitness = true;
        return true;
    }

    private bool LookAtSeveral(Endpoint endpoint, Watch watch, long now, long othersAnsweredAt)
    {
        var silence = now - watch.TogetherSince;
        var threshold = Threshold(endpoint.Load);
        if (!watch.IsStalled)
        {
            if (silence >= threshold && othersAnsweredAt > watch.TogetherSince)
            {
                watch.IsStalled = true;
                judge.OnStalled(endpoint, silence, now);
            }
        }
        else if (silence >= 2 * threshold)
        {
            endpoint.Health.AbandonBefore = now - threshold;
        }

        return false;
    }

    private long Threshold(EndpointLoad load)
    {
        // The first calls of a process are slow by themselves: of a few samples the 99th percentile would be the slowest of those.
        var options = judge.Options;
        var usual = load.Latencies.Percentile(load.Latencies.Count < EnoughForP99 ? 0.75 : 0.99);
        return Math.Max(options.StallTime.Ticks, (long)(options.StallLatencyFactor * usual));
    }

    private sealed class Watch
    {
        public long SilentSince { get; set; }

        /// <summary>Since when at least two attempts have waited.</summary>
        public long TogetherSince { get; set; }

        public bool HasAsked { get; set; }

        public bool IsStalled { get; set; }
    }
}
