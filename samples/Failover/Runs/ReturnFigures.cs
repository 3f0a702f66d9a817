using ClientLb.Endpoints;
using ClientLb.Samples.Failover.Observation;

namespace ClientLb.Samples.Failover.Runs;

/// <summary>How the victim comes back: pure arithmetic.</summary>
internal static class ReturnFigures
{
    /// <summary>So much of the share of before counts as back.</summary>
    private const double Enough = 0.8;

    private const long Second = MonotonicClock.TicksPerSecond;

    /// <summary>
    /// Seconds from the victim's first good answer after the fault until it had its share back over one second; <see langword="null"/> where it had not by the end
    /// of the run, or gave no answer.
    /// </summary>
    public static double? BackAfter(IReadOnlyList<AttemptRecord> attempts, string victim, RunTimes times)
    {
        var before = attempts.Where(a => a.StartedAt >= times.Start && a.StartedAt < times.Hurt).ToList();
        var share = before.Count(a => a.Endpoint == victim) / (double)Math.Max(1, before.Count);
        var after = attempts.Where(a => a.StartedAt >= times.Heal).OrderBy(static a => a.StartedAt).ToList();
        if (FirstAnswer(attempts, victim, times) is not { } first)
        {
            return null;
        }

        var (from, its) = (0, 0);
        for (var to = 0; to < after.Count; to++)
        {
            its += after[to].Endpoint == victim ? 1 : 0;
            while (after[from].StartedAt < after[to].StartedAt - Second)
            {
                its -= after[from++].Endpoint == victim ? 1 : 0;
            }

            if (after[to].StartedAt >= first && its >= Enough * share * (to - from + 1))
            {
                return Math.Round((after[to].StartedAt - first) / (double)Second, 2);
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
