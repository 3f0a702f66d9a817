using System.Runtime.CompilerServices;
using ClientLb.Endpoints;

namespace ClientLb.Health;

/// <summary>
/// Finds endpoints that are frozen or cut off: at least two attempts wait, no byte comes, and others answer. Looks from the cluster's
/// loop, some ten times a second while calls are in flight; attempts pay nothing for it.
/// </summary>
internal sealed class StallDetector(HealthJudge judge)
{
    private const int Suspicious = 2;

    // Looks are 0.1 s apart while calls are in flight. After a longer pause this process was frozen, not its endpoints.
    private static readonly long LongestPause = TimeSpan.FromMilliseconds(500).Ticks;

    private readonly ConditionalWeakTable<Endpoint, Watch> _watches = [];

    // At least as many as there are watches: an endpoint that is retired may take its own with it.
    private int _watched;
    private long _lookedAt;

    /// <summary>One look at all endpoints.</summary>
    /// <param name="endpoints">The live endpoints.</param>
    /// <param name="now">The present, in ticks.</param>
    public void Look(IReadOnlyList<Endpoint> endpoints, long now)
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

        foreach (var endpoint in endpoints)
        {
            Look(endpoint, now, slept, endpoint.Load.LastByteAt == latest ? second : latest);
        }
    }

    private void Look(Endpoint endpoint, long now, long slept, long othersAnsweredAt)
    {
        var load = endpoint.Load;
        if (load.Awaiting < Suspicious)
        {
            if (_watched == 0)
            {
                return;
            }

            // Attempts to a stalled endpoint have ended; whether it lives is for the probation to find out.
            if (load.Awaiting == 0 && _watches.Remove(endpoint))
            {
                _watched--;
                endpoint.Health.AbandonBefore = 0;
            }
            else if (_watches.TryGetValue(endpoint, out var idle) && !idle.IsStalled)
            {
                idle.SilentSince = now;
            }

            return;
        }

        if (!_watches.TryGetValue(endpoint, out var watch))
        {
            // Silence counts from the first look that saw the attempts, so a loop that slept accuses nobody.
            _watches.Add(endpoint, new Watch { SilentSince = now });
            _watched++;
            return;
        }

        if (load.LastByteAt >= watch.SilentSince)
        {
            if (watch.IsStalled)
            {
                judge.OnSignOfLife(endpoint, "it answers again");
                endpoint.Health.AbandonBefore = 0;
            }

            watch.IsStalled = false;
            watch.SilentSince = Math.Max(load.LastByteAt + 1, watch.SilentSince);
            return;
        }

        // The time in which nobody looked is no silence of the endpoint's.
        watch.SilentSince = Math.Min(now, watch.SilentSince + slept);
        var silence = now - watch.SilentSince;
        var threshold = Threshold(load);
        if (!watch.IsStalled)
        {
            if (silence >= threshold && othersAnsweredAt > watch.SilentSince)
            {
                watch.IsStalled = true;
                judge.OnStalled(endpoint, silence, now);
            }
        }
        else if (silence >= 2 * threshold)
        {
            endpoint.Health.AbandonBefore = now - threshold;
        }
    }

    private long Threshold(EndpointLoad load)
    {
        var options = judge.Options;
        return Math.Max(options.StallTime.Ticks, (long)(options.StallLatencyFactor * load.Latencies.Percentile(0.99)));
    }

    private sealed class Watch
    {
        public long SilentSince { get; set; }

        public bool IsStalled { get; set; }
    }
}
