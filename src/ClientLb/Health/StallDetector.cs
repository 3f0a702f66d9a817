using System.Runtime.CompilerServices;
using ClientLb.Endpoints;

namespace ClientLb.Health;

/// <summary>
/// Finds endpoints that are frozen or cut off: at least two attempts wait, no byte comes, and others answer. Looks from the cluster's
/// loop, some ten times a second while calls are in flight; attempts pay nothing for it.
/// </summary>
/// <remarks>
/// One silent attempt may be a slow call, and a policy that sees it waiting sends no second one. So after half of the stall time the endpoint wants a
/// witness: the next call that may be repeated goes there. If that is answered, the first was a slow call; if it waits too, the endpoint is stalled when the
/// time is over.
/// <para>
/// Where the slowest answers take long by nature, 10 × their time is too long to wait for a server that has many attempts. Those that begin within a silence are drawn from
/// all kinds of calls: that k of them are all among the slowest share p of the answers has the probability p^k. So the more of them wait, the quicker the answers with which they are
/// compared: p is the k-th root of 1 / 10,000, which is the 99th percentile for two, the 68th for eight and the 44th for sixteen.
/// </para>
/// </remarks>
internal sealed class StallDetector(HealthJudge judge)
{
    private const int Suspicious = 2;
    private const int EnoughForP99 = 200;
    private const double Chance = 1e-4;

    // The percentile for so many attempts that wait: that of one is not used.
    private static readonly double[] s_percentiles = [.. Enumerable.Range(1, 16).Select(static count => 1 - Math.Pow(Chance, 1.0 / count))];

    // Looks are 0.1 s apart while calls are in flight. After a longer pause this process was frozen, not its endpoints.
    private static readonly long LongestPause = TimeSpan.FromMilliseconds(500).Ticks;

    private readonly ConditionalWeakTable<Endpoint, Watch> _watches = [];

    // At least as many as there are watches: an endpoint that is retired may take its own with it.
    private int _watched;
    private long _lookedAt;

    // Since when the looks have been without a long pause: silence before that may have been this process's.
    private long _awakeSince;

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
        _awakeSince = slept > 0 ? now : _awakeSince;
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
            var age = load.MeanAge(now);
            if (awaiting >= Suspicious || age >= judge.Options.StallTime.Ticks / 4)
            {
                _watches.Add(endpoint, new Watch
                {
                    SilentSince = Math.Max(now - age, Math.Max(load.LastByteAt + 1, _awakeSince)),
                    TogetherSince = now,
                    Awaiting = awaiting,
                    AwaitingAtFirst = awaiting,
                });
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

            watch.Reset(Math.Max(load.LastByteAt + 1, watch.SilentSince), awaiting);
            endpoint.Health.WantsWitness = false;
            return false;
        }

        // The time in which nobody looked is no silence of the endpoint's.
        watch.SilentSince = Math.Min(now, watch.SilentSince + slept);
        watch.TogetherSince = Math.Min(now, watch.TogetherSince + slept);
        watch.Count(awaiting - watch.AwaitingAtFirst, now, slept);
        return Judge(endpoint, watch, awaiting, now, othersAnsweredAt);
    }

    private bool Judge(Endpoint endpoint, Watch watch, int awaiting, long now, long othersAnsweredAt)
    {
        var threshold = watch.IsStalled ? watch.StalledAfter : Threshold(endpoint.Load);
        var silence = now - watch.SilentSince;
        if (awaiting < Suspicious && !watch.IsStalled)
        {
            watch.TogetherSince = now;
        }

        if (awaiting > watch.Awaiting && watch.FreshSince == 0 && silence >= threshold / 4)
        {
            watch.FreshSince = now;
        }

        watch.Awaiting = awaiting;
        if (watch.IsStalled)
        {
            if (silence >= 2 * threshold)
            {
                endpoint.Health.AbandonBefore = now - threshold;
            }

            return false;
        }

        if (othersAnsweredAt <= watch.SilentSince || endpoint.Health.Status.State != HealthState.Healthy)
        {
            return false;
        }

        // Whoever came in the midst of the silence and waits as well, or several that have waited through all of it.
        if ((awaiting >= Suspicious && silence >= threshold
            && ((watch.FreshSince != 0 && now - watch.FreshSince >= threshold / 4) || now - watch.TogetherSince >= threshold))
            || IsTooMuch(endpoint.Load, watch, silence, now, ref threshold))
        {
            watch.IsStalled = true;
            watch.StalledAfter = threshold;
            endpoint.Health.WantsWitness = false;
            judge.OnStalled(endpoint, silence, now);
            return false;
        }

        // Asked once for each silence: a call that is slow by nature must not draw others behind it.
        if (silence < threshold / 2 || watch.HasAsked || watch.FreshSince != 0)
        {
            return false;
        }

        watch.HasAsked = true;
        endpoint.Health.WantsWitness = true;
        return true;
    }

    /// <summary>So many attempts that began within the silence have waited for so long that they can't all be slow by nature.</summary>
    /// <param name="load">What is known of the endpoint.</param>
    /// <param name="watch">What was seen of it.</param>
    /// <param name="silence">How long it has been silent.</param>
    /// <param name="now">The present, in ticks.</param>
    /// <param name="threshold">Becomes the time that was too long.</param>
    private bool IsTooMuch(EndpointLoad load, Watch watch, long silence, long now, ref long threshold)
    {
        var options = judge.Options;
        if (silence < options.StallTime.Ticks || load.Latencies.Count < EnoughForP99)
        {
            return false;
        }

        for (var count = Suspicious; count <= watch.Counted; count++)
        {
            var longest = Math.Max(options.StallTime.Ticks, (long)(options.StallLatencyFactor * load.Latencies.Percentile(s_percentiles[count - 1])));
            if (now - watch.SinceSoMany(count) >= longest)
            {
                threshold = longest;
                return true;
            }
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
        private readonly long[] _since = new long[s_percentiles.Length];

        public long SilentSince { get; set; }

        /// <summary>Since when at least two attempts have waited.</summary>
        public long TogetherSince { get; set; }

        /// <summary>Since when an attempt has waited that came in the midst of the silence; 0 where none has.</summary>
        public long FreshSince { get; set; }

        /// <summary>How many waited at the last look.</summary>
        public int Awaiting { get; set; }

        /// <summary>How many waited when the silence began.</summary>
        public int AwaitingAtFirst { get; set; }

        /// <summary>How many have begun within the silence, as far as they are counted.</summary>
        public int Counted { get; private set; }

        public bool HasAsked { get; set; }

        public bool IsStalled { get; set; }

        /// <summary>The time that was too long, where it is stalled.</summary>
        public long StalledAfter { get; set; }

        /// <summary>Since when so many wait that have begun within the silence.</summary>
        public long SinceSoMany(int count) => _since[count - 1];

        /// <summary>So many that have begun within the silence wait now.</summary>
        public void Count(int begun, long now, long slept)
        {
            // Those that were given up meanwhile are none of them any more.
            Counted = Math.Min(Counted, Math.Max(0, begun));
            for (var i = 0; slept > 0 && i < Counted; i++)
            {
                _since[i] = Math.Min(now, _since[i] + slept);
            }

            while (Counted < Math.Min(begun, _since.Length))
            {
                _since[Counted++] = now;
            }
        }

        public void Reset(long silentSince, int awaiting)
        {
            SilentSince = TogetherSince = silentSince;
            (AwaitingAtFirst, Counted) = (awaiting, 0);
            FreshSince = 0;
            HasAsked = IsStalled = false;
        }
    }
}
