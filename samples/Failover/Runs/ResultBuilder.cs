using ClientLb.Endpoints;
using ClientLb.Samples.Failover.Load;
using ClientLb.Samples.Failover.Observation;
using ClientLb.Samples.Failover.Scenarios;

namespace ClientLb.Samples.Failover.Runs;

/// <summary>Makes the result of a run out of what was seen: pure arithmetic.</summary>
internal static class ResultBuilder
{
    private const long Second = MonotonicClock.TicksPerSecond;

    public static ScenarioResult Build(
        Fault fault, string registry, RunTimes times, string victim, IReadOnlyCollection<CallRecord> calls, AttemptMeter meter, Journal journal)
    {
        var counted = calls.Where(c => c.StartedAt >= times.Start).ToList();
        var before = counted.Where(c => c.StartedAt < times.Hurt).ToList();
        var settled = counted.Where(c => c.StartedAt >= times.Hurt + (2 * Second)).ToList();
        var quietBefore = Disturbance.Without(before);
        var quiet = Disturbance.Without(settled);
        var attempts = meter.Attempts.ToList();
        var probations = Probations(journal, victim);
        var bad = attempts.FindAll(a => a.Endpoint == victim && a.StartedAt >= times.Hurt && a.StartedAt < times.Heal);
        var late = bad.FindAll(a => a.StartedAt >= times.Hurt + (3 * Second));
        var lastOrdinary = bad.Where(a => !IsProbation(a, probations)).Select(static a => a.StartedAt).DefaultIfEmpty(times.Hurt).Max();
        var first = fault.HasVictim ? ReturnFigures.FirstAnswer(attempts, victim, times) : null;
        var result = new ScenarioResult
        {
            Scenario = fault.Name,
            Registry = registry,
            Calls = calls.Count,
            Failed = calls.Count(static c => c.IsFailed),
            Attempts = attempts.Count,
            Retries = meter.Retries,
            P50 = Milliseconds(Percentile(counted.Select(static c => c.Duration), 0.5)),
            P99 = Milliseconds(Percentile(settled.Select(static c => c.Duration), 0.99)),
            Max = Milliseconds(Percentile(counted.Select(static c => c.Duration), 1)),
            P99Before = Milliseconds(Percentile(before.Select(static c => c.Duration), 0.99)),
            QuietP99 = Milliseconds(Percentile(quiet.Select(static c => c.Duration), 0.99)),
            QuietP99Before = Milliseconds(Percentile(quietBefore.Select(static c => c.Duration), 0.99)),
            LatenessP99 = Milliseconds(Percentile(settled.Select(static c => c.Lateness), 0.99)),
            Disturbed = Math.Round(1 - ((quiet.Count + quietBefore.Count) / (double)Math.Max(1, settled.Count + before.Count)), 3),
            ShunnedAfter = fault.HasVictim ? Math.Round((lastOrdinary - times.Hurt) / (double)Second, 2) : null,
            AttemptsToBad = fault.HasVictim ? late.Count : null,
            OrdinaryAttemptsToBad = fault.HasVictim ? Ordinary(late, probations) : null,
            UntilEjected = fault.FailsFast ? ReturnFigures.UntilEjected(attempts, victim, times, journal) : null,
            AfterOneSecond = fault.IsHeardAtOnce
                ? attempts.Count(a => a.Endpoint == victim && a.StartedAt >= times.Hurt + Second && a.StartedAt < (fault.ComesBack ? times.Back : times.Heal)) : null,
            BackAfter = fault.HasVictim && first is not null ? ReturnFigures.BackAfter(attempts, victim, times) : null,
            SeenBack = fault.HasVictim ? Math.Round((times.End - times.Back) / (double)Second, 2) : null,
            ReturnP99 = Milliseconds(Percentile(counted.Where(c => c.StartedAt >= times.Heal).Select(static c => c.Duration), 0.99)),
            QuietReturnP99 = Milliseconds(Percentile(quiet.Where(c => c.StartedAt >= times.Heal).Select(static c => c.Duration), 0.99)),
            ByStatus = calls.CountBy(static c => c.Status).ToDictionary(),
            Share = Shares(attempts.FindAll(a => a.StartedAt >= times.Hurt + (5 * Second) && a.StartedAt < times.Heal)),
        };
        return result with { Missed = Promises.Missed(fault, victim, result) };
    }

    private static List<(long From, long To)> Probations(Journal journal, string victim)
    {
        var probations = new List<(long From, long To)>();
        foreach (var entry in journal.Entries.Where(e => e.Endpoint == victim))
        {
            if (entry.EventId == Journal.OnProbation)
            {
                probations.Add((entry.At, long.MaxValue));
            }
            else if (entry.EventId is Journal.Ejected or Journal.HealthyAgain && probations is [.., { To: long.MaxValue } last])
            {
                probations[^1] = (last.From, entry.At);
            }
        }

        return probations;
    }

    private static bool IsProbation(AttemptRecord attempt, List<(long From, long To)> probations) =>
        probations.Exists(p => attempt.StartedAt >= p.From && attempt.StartedAt <= p.To);

    // A probation admits one attempt: a second one in the same probation is none.
    private static int Ordinary(List<AttemptRecord> attempts, List<(long From, long To)> probations) =>
        attempts.Count - probations.Count(p => attempts.Exists(a => a.StartedAt >= p.From && a.StartedAt <= p.To));

    private static Dictionary<string, double> Shares(List<AttemptRecord> attempts) => attempts
        .CountBy(static a => a.Endpoint).OrderBy(static s => s.Key, StringComparer.Ordinal)
        .ToDictionary(static s => s.Key, s => Math.Round(s.Value / (double)attempts.Count, 4));

    private static long Percentile(IEnumerable<long> values, double fraction)
    {
        var sorted = values.Order().ToList();
        return sorted.Count == 0 ? 0 : sorted[Math.Clamp((int)Math.Ceiling(sorted.Count * fraction) - 1, 0, sorted.Count - 1)];
    }

    private static double Milliseconds(long ticks) => Math.Round(ticks / (double)TimeSpan.TicksPerMillisecond, 2);
}
