using System.Runtime.CompilerServices;

namespace ClientLb.Endpoints;

/// <summary>
/// The score of the policy <c>recall</c>: ln(latency) + ln(in flight + 1) − ln(weight) − 2·ln(probability of success). Lower is better.
/// </summary>
/// <remarks>
/// <para>The latency is a mean of logarithms, so that one slow answer counts as one answer, over about 16 samples that fade with a time
/// constant of 5 s, shrunk to the mean of all endpoints by two samples' worth. What waits is a latency as well: if the mean age of what is in flight is
/// above both, it takes their place, so a frozen endpoint gets worse without any answer. The probability of success is shrunk to 1 by
/// two samples; a quick failure never counts as a quick answer. What an endpoint answered within 2 s of its first answer, or of its first after it was away, counts for a tenth after that time.</para>
/// <para>The logarithms are taken when an outcome comes. A pick adds what changes between outcomes: what is in flight.</para>
/// </remarks>
internal static class RecallScore
{
    private const float MostSamples = 16;
    private const float Shrinkage = 2;
    private const float ErrorFactor = 2;
    private const float LeastSuccess = 0.02f;
    private const int AgeShift = 10;
    private const float DecayPerAgeUnit = (1 << AgeShift) / (5f * TimeSpan.TicksPerSecond);

    // The first answers of a process, of either side, are slow by themselves: compiled on the way, over connections that are not there yet. After this time they count for a tenth.
    private const uint ColdUnits = (uint)(2 * TimeSpan.TicksPerSecond >> AgeShift);
    private const float ColdShare = 0.1f;

    // Below this share of failures the endpoint counts as one that never failed.
    private const float ForgivenFailing = 1e-3f;

    private static readonly float[] s_logarithms = [.. Enumerable.Range(0, 64).Select(static n => MathF.Log(n + 1))];

    /// <summary>The score by what was known after the endpoint's last outcome. For endpoints that have answered lately.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float Quick(Endpoint endpoint, long now)
    {
        ref var numbers = ref endpoint.Hot;
        var score = numbers.Recall.Idle - numbers.Recall.LogWeight;
        var inFlight = endpoint.Load.InFlight;
        return inFlight == 0 ? score : Busy(endpoint, score, inFlight, now, numbers.Recall.Latency, numbers.Recall.Patience);
    }

    /// <summary>The score by what is known now: what was learned long ago has faded.</summary>
    /// <param name="endpoint">The endpoint.</param>
    /// <param name="now">The present, in ticks.</param>
    /// <param name="pool">The mean of ln(latency in ticks) over all endpoints.</param>
    public static float Exact(Endpoint endpoint, long now, float pool)
    {
        ref var recall = ref endpoint.Hot.Recall;
        var latency = Latency(recall, now, pool);
        var score = latency - Errors(recall, now) - recall.LogWeight;
        var inFlight = endpoint.Load.InFlight;
        return inFlight == 0 ? score : Busy(endpoint, score, inFlight, now, latency, MathF.Exp(MathF.Max(latency, pool)));
    }

    /// <summary>
    /// The score where endpoints say how many requests they have in flight: those of others count as our own do. What an endpoint said of them fades
    /// toward what all say.
    /// </summary>
    /// <param name="endpoint">The endpoint.</param>
    /// <param name="now">The present, in ticks.</param>
    /// <param name="pool">The mean of ln(latency in ticks) over all endpoints.</param>
    /// <param name="others">The mean number of requests of others over all endpoints.</param>
    /// <param name="fade">1 / time constant, per 1,024 ticks.</param>
    /// <param name="isExact">Whether what was learned long ago has faded, as in <see cref="Exact"/>.</param>
    public static float Shared(Endpoint endpoint, long now, float pool, float others, float fade, bool isExact)
    {
        ref var recall = ref endpoint.Hot.Recall;
        var latency = isExact ? Latency(recall, now, pool) : recall.Latency;
        var score = (isExact ? latency - Errors(recall, now) : recall.Idle) - recall.LogWeight;
        var keep = recall.OthersAt == 0 ? 0 : Keep(recall.OthersAt, now, fade);
        var inFlight = endpoint.Load.InFlight;
        score += MathF.Log(inFlight + 1 + others + ((recall.Others - others) * keep));
        if (inFlight == 0)
        {
            return score;
        }

        var age = endpoint.Load.MeanAge(now);
        return age > (isExact ? MathF.Exp(MathF.Max(latency, pool)) : recall.Patience) ? score + MathF.Log(age) - latency : score;
    }

    /// <summary>An endpoint has said how many requests it has in flight. Called before the lease of the answered one ends, so both numbers include it.</summary>
    /// <returns>How many of them are others'.</returns>
    public static float ObserveOthers(Endpoint endpoint, int reported, long now)
    {
        ref var recall = ref endpoint.Hot.Recall;
        var others = (float)Math.Max(0, reported - endpoint.Load.InFlight);
        recall.Others = others;
        recall.OthersAt = Math.Max(1, (uint)(now >> AgeShift));
        return others;
    }

    /// <summary>Takes an outcome in.</summary>
    /// <param name="endpoint">The endpoint.</param>
    /// <param name="report">How the attempt ended.</param>
    /// <param name="logarithm">ln of its duration in ticks.</param>
    /// <param name="pool">The mean of ln(latency in ticks) over all endpoints.</param>
    public static void Observe(Endpoint endpoint, in AttemptReport report, float logarithm, float pool)
    {
        // Threads may overwrite each other: a sample is lost, the next one comes soon.
        ref var recall = ref endpoint.Hot.Recall;
        var now = report.EndedAt;
        var isSuccess = report.Kind == OutcomeKind.Success;
        var kept = recall.Weight * Keep(recall.At, now);
        var samples = Samples(recall, now);
        if (isSuccess || logarithm > pool)
        {
            NoteCold(ref recall, now);
            var weight = MathF.Min(MostSamples, samples + 1);
            recall.Mean += (logarithm - recall.Mean) / weight;
            recall.Weight = weight;
            recall.At = (uint)(now >> AgeShift);
        }

        if (isSuccess ? recall.Failing != 0 : report.Kind is OutcomeKind.Failure or OutcomeKind.NotSent)
        {
            var judged = recall.Failing == 0 ? kept : recall.FailingWeight * Keep(recall.FailingAt, now);
            var weight = MathF.Min(MostSamples, judged + 1);
            var failing = recall.Failing + (((isSuccess ? 0 : 1) - recall.Failing) / weight);
            recall.FailingWeight = weight;
            recall.FailingAt = (uint)(now >> AgeShift);
            recall.Failing = failing < ForgivenFailing ? 0 : failing;
        }

        recall.Latency = Latency(recall, now, pool);
        recall.Idle = recall.Latency - Errors(recall, now);
        recall.Patience = MathF.Exp(MathF.Max(recall.Latency, pool));
    }

    /// <summary>What was learned before an outage says nothing of the time after it.</summary>
    public static void Forget(ref RecallNumbers recall) => recall.Weight = 0;

    /// <summary>It failed no more than all others did.</summary>
    public static void ForgetFailures(ref RecallNumbers recall) => recall.Failing = 0;

    private static float Latency(in RecallNumbers recall, long now, float pool)
    {
        var weight = Samples(recall, now);
        return ((weight * recall.Mean) + (Shrinkage * pool)) / (weight + Shrinkage);
    }

    /// <summary>How many samples the mean is worth by now.</summary>
    private static float Samples(in RecallNumbers recall, long now)
    {
        var weight = recall.Weight * Keep(recall.At, now);
        return recall.ColdUntil != 0 && IsPast(recall.ColdUntil, now) ? weight * ColdShare : weight;
    }

    /// <summary>The first answer begins the time in which answers are those of a cold server, the first one after it ends it: it is counted with a tenth of what was before.</summary>
    private static void NoteCold(ref RecallNumbers recall, long now)
    {
        if (recall.Weight == 0)
        {
            recall.ColdUntil = Math.Max(1, (uint)(now >> AgeShift) + ColdUnits);
        }
        else if (recall.ColdUntil != 0 && IsPast(recall.ColdUntil, now))
        {
            recall.ColdUntil = 0;
        }
    }

    private static bool IsPast(uint until, long now) => (int)((uint)(now >> AgeShift) - until) >= 0;

    private static float Errors(in RecallNumbers recall, long now)
    {
        if (recall.Failing == 0)
        {
            return 0;
        }

        var weight = recall.FailingWeight * Keep(recall.FailingAt, now);
        var success = ((weight * (1 - recall.Failing)) + Shrinkage) / (weight + Shrinkage);
        return ErrorFactor * MathF.Log(MathF.Max(LeastSuccess, success));
    }

    private static float Busy(Endpoint endpoint, float score, int inFlight, long now, float latency, float patience)
    {
        score += inFlight < s_logarithms.Length ? s_logarithms[inFlight] : MathF.Log(inFlight + 1);
        var age = endpoint.Load.MeanAge(now);
        return age > patience ? score + MathF.Log(age) - latency : score;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static float Keep(uint at, long now) => Keep(at, now, DecayPerAgeUnit);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static float Keep(uint at, long now, float decayPerAgeUnit)
    {
        var x = Math.Max(0, (int)((uint)(now >> AgeShift) - at)) * decayPerAgeUnit;
        return 1 / (1 + (x * (1 + (x * (0.5f + (x * (1 / 6f)))))));
    }
}
