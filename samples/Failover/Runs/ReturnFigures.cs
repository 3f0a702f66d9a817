using ClientLb.Endpoints;
using ClientLb.Samples.Failover.Observation;

namespace ClientLb.Samples.Failover.Runs;

/// <summary>How the victim comes back: pure arithmetic.</summary>
internal static class ReturnFigures
{
    /// <summary>So much of the share of before counts as back.</summary>
    private const double Enough = 0.8;

    private const long Second = MonotonicClock.TicksPerSecond;
    private const long Step = Second / 10;

    /// <summary>Over so long a share is taken: at 50 calls a second a third of them is 50 then, and chance moves it by a fifth at most.</summary>
    private static readonly TimeSpan Window = TimeSpan.FromSeconds(3);

    /// <summary>So long a victim is watched once it can be used: the longest return, the window, and a little.</summary>
    public static TimeSpan Watch { get; } = TimeSpan.FromSeconds(Promises.LongestReturn + 0.5) + Window;

    /// <summary>
    /// Seconds from when the victim could be used again until it had its share back and kept it over a window; <see langword="null"/> where it had not by the end of
    /// the run.
    /// </summary>
    public static double? BackAfter(IReadOnlyList<AttemptRecord> attempts, string victim, RunTimes times)
    {
        var before = attempts.Where(a => a.StartedAt >= times.Start && a.StartedAt < times.Hurt).ToList();
        var share = before.Count(a => a.Endpoint == victim) / (double)Math.Max(1, before.Count);
        var after = attempts.Where(a => a.StartedAt >= times.Back).OrderBy(static a => a.StartedAt).ToList();
        for (var at = times.Back; at + Window.Ticks <= times.End; at += Step)
        {
            var those = after.FindAll(a => a.StartedAt >= at && a.StartedAt < at + Window.Ticks);
            if (those.Count > 0 && those.Count(a => a.Endpoint == victim) >= Enough * share * those.Count)
            {
                return Math.Round((at - times.Back) / (double)Second, 2);
            }
        }

        return null;
    }

    /// <summary>When the victim first answered after the fault.</summary>
    public static long? FirstAnswer(IReadOnlyList<AttemptRecord> attempts, string victim, RunTimes times) => attempts
        .Where(a => a.Endpoint == victim && a.StartedAt >= times.Heal && a.Outcome == "success").Select(static a => (long?)a.StartedAt).Min();

    /// <summary>Attempts at the victim from the fault until the library first took it out.</summary>
    public static int UntilEjected(IReadOnlyList<AttemptRecord> attempts, string victim, RunTimes times, Journal journal)
    {
        var ejected = journal.Entries.Where(e => e.Endpoint == victim && e.EventId == Journal.Ejected && e.At >= times.Hurt).Select(static e => e.At)
            .DefaultIfEmpty(times.Heal).Min();
        return attempts.Count(a => a.Endpoint == victim && a.Outcome != "success" && a.StartedAt >= times.Hurt && a.EndedAt <= ejected);
    }
}
