using System.Runtime.CompilerServices;

namespace ClientLb.Endpoints;

/// <summary>
/// What is in flight at an endpoint and how quickly it answers. Read by pickers while others write: every figure is one word,
/// so a reader sees a state that was true, if a moment ago.
/// </summary>
/// <remarks>
/// One 64-bit word says who may come in and what is in:
/// <code>
///   63       62     61     60 … 18                                      17 … 0
///   retired  hard   soft   sum of start times, in 1,024 ticks, mod 2^43  in flight
/// </code>
/// The sum and the count change in one CAS, so the mean age of what is in flight is exact, and a lease on a retired endpoint is
/// impossible: retirement is the CAS from "nothing in flight" to "retired" on the same word.
/// <para>A view: the numbers lie in the endpoint itself, side by side. Of thousands of endpoints each attempt meets one with a cold cache, and
/// what it reads and writes there should be one or two lines.</para>
/// </remarks>
public readonly struct EndpointLoad
{
    /// <summary>The limit of an endpoint that has none: no more leases fit into its word.</summary>
    internal const int NoLimit = (1 << CountBits) - 1;

    private const long Retired = 1L << 63;
    private const long Hard = 1L << 62;
    private const long Soft = 1L << 61;
    private const long Flags = Retired | Hard | Soft;
    private const int CountBits = 18;
    private const long CountMask = NoLimit;
    private const int AgeShift = 10;
    private const long SumMask = (1L << 43) - 1;

    // 28 hours: longer than any answer takes, so that a busy endpoint without an answer costs more than any other.
    private const float UnknownLatency = 1e12f;

    // The time constant of the peak-sensitive average: 10 s, as in Finagle and linkerd.
    private const float DecayPerAgeUnit = (1 << AgeShift) / (10f * TimeSpan.TicksPerSecond);

    // A failed attempt counts as five times as slow as the endpoint was, within these limits.
    private const float PenaltyFactor = 5;
    private const float PenaltyFloor = TimeSpan.TicksPerMillisecond;
    // One that never answered may look better than its peers after a small penalty: it starts high and comes down by decay.
    private const float UnknownPenalty = 100 * TimeSpan.TicksPerMillisecond;
    private const float PenaltyCeiling = 10f * TimeSpan.TicksPerSecond;

    /// <summary>So many latencies of a new endpoint are all taken.</summary>
    internal const int SampledInFull = 200;

    // Each sample of the histogram is a cache miss at an endpoint that is rarely used.
    private const int SampleBits = 3;

    private readonly Endpoint _endpoint;

    internal EndpointLoad(Endpoint endpoint) => _endpoint = endpoint;

    /// <summary>Leases that are out: attempts that wait for an answer and bodies that are still open.</summary>
    public int InFlight
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => (int)(Volatile.Read(ref _endpoint.Hot.Word) & CountMask);
    }

    /// <summary>Attempts that wait for the answer's headers: streams and open bodies are not among them.</summary>
    public int Awaiting => Math.Max(0, InFlight - Volatile.Read(ref _endpoint.Hot.Streaming));

    /// <summary>True while as many attempts wait there as its limit allows.</summary>
    internal bool IsAtLimit
    {
        get
        {
            var count = InFlight;
            return count >= Volatile.Read(ref _endpoint.Hot.Limit) && IsFull(count);
        }
    }

    /// <summary>True when it will never take an attempt again.</summary>
    public bool IsRetired => Volatile.Read(ref _endpoint.Hot.Word) < 0;

    /// <summary>When a byte last came from it, in ticks of <see cref="MonotonicClock"/>; its birth before the first one.</summary>
    public long LastByteAt => Volatile.Read(ref _endpoint.Hot.LastByteAt);

    /// <summary>How many attempts it has answered well since its birth.</summary>
    public long Successes => Volatile.Read(ref _endpoint.Hot.Successes);

    /// <summary>How long it takes to answer, for percentiles.</summary>
    public LatencyHistogram Latencies => _endpoint.Latencies;

    /// <summary>
    /// The peak-sensitive moving average of its latency, in ticks (100 ns), as it was when it last answered; 0 before the first answer.
    /// A sample above the average replaces it, one below moves it by 1 − e^(−Δt / 10 s) (Finagle, <c>PeakEwma</c>).
    /// </summary>
    public float PeakLatency => BitConverter.UInt32BitsToSingle((uint)(Volatile.Read(ref _endpoint.Hot.Latency) >> 32));

    /// <summary>The mean time for which what is in flight has been so; 0 where nothing is.</summary>
    /// <param name="now">The present, in ticks.</param>
    /// <returns>Ticks (100 ns), to about 0.1 ms.</returns>
    public long MeanAge(long now)
    {
        var word = Volatile.Read(ref _endpoint.Hot.Word);
        var count = word & CountMask;
        if (count == 0)
        {
            return 0;
        }

        var ages = ((count * (now >> AgeShift)) - (word >> CountBits)) & SumMask;

        // A start that is a moment younger than "now" makes the difference wrap.
        return ages > SumMask >> 1 ? 0 : (ages / count) << AgeShift;
    }

    /// <summary>The expected wait of one more attempt: the average latency, decayed toward 0 since the last answer, × (in flight / weight + 1).</summary>
    /// <remarks>An endpoint that never answered costs nothing while it is idle, and more than any other while its first attempt is out.</remarks>
    /// <param name="now">The present, in ticks.</param>
    /// <param name="inverseWeight">1 / weight relative to the mean weight of the group.</param>
    /// <returns>Ticks (100 ns).</returns>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public float PeakEwmaCost(long now, float inverseWeight)
    {
        var latency = Volatile.Read(ref _endpoint.Hot.Latency);
        var pending = (float)InFlight;
        if (latency == 0)
        {
            return pending * inverseWeight * UnknownLatency;
        }

        return Decayed(latency, now) * ((pending * inverseWeight) + 1);
    }

    /// <summary>Takes the endpoint into use for one attempt, in one CAS.</summary>
    /// <param name="now">The present, in ticks: pass the same value to <see cref="Release"/>.</param>
    /// <param name="rule">Which exclusions are overlooked; retirement never is.</param>
    /// <returns>False when it is retired, taken out, or at its limit, which no rule overlooks.</returns>
    internal bool TryAcquire(long now, LeaseRule rule)
    {
        var closed = rule switch
        {
            LeaseRule.Normal => Flags,
            LeaseRule.OverlookSoft => Retired | Hard,
            _ => Retired,
        };
        var word = Volatile.Read(ref _endpoint.Hot.Word);
        while (true)
        {
            // Nearly always the first comparison with the limit is the only one: it holds for endpoints without a limit too.
            var count = (int)(word & CountMask);
            if ((word & closed) != 0 || (count >= Volatile.Read(ref _endpoint.Hot.Limit) && IsFull(count)))
            {
                return false;
            }

            var seen = Interlocked.CompareExchange(ref _endpoint.Hot.Word, With(word, now >> AgeShift, 1), word);
            if (seen == word)
            {
                _endpoint.Hot.Recall.PickedAt = (uint)(now >> AgeShift);
                return true;
            }

            word = seen;
        }
    }

    /// <summary>Gives back what <see cref="TryAcquire"/> took.</summary>
    /// <param name="startedAt">The same ticks.</param>
    /// <param name="isStream">True after <see cref="BeginStream"/>.</param>
    internal void Release(long startedAt, bool isStream = false)
    {
        if (isStream)
        {
            // At the last moment: in between it would count among those that wait for a head.
            EndStream();
        }

        var word = Volatile.Read(ref _endpoint.Hot.Word);
        while (true)
        {
            var seen = Interlocked.CompareExchange(ref _endpoint.Hot.Word, With(word, -(startedAt >> AgeShift), -1), word);
            if (seen == word)
            {
                return;
            }

            word = seen;
        }
    }

    /// <summary>Retires the endpoint if nothing is in flight.</summary>
    /// <returns>True when it is retired now.</returns>
    internal bool TryRetire()
    {
        var word = Volatile.Read(ref _endpoint.Hot.Word);
        while (word >= 0)
        {
            if ((word & CountMask) != 0)
            {
                return false;
            }

            var seen = Interlocked.CompareExchange(ref _endpoint.Hot.Word, word | Retired, word);
            if (seen == word)
            {
                return true;
            }

            word = seen;
        }

        return true;
    }

    /// <summary>Ends a retirement: the endpoint takes attempts again.</summary>
    internal void Reopen() => Interlocked.And(ref _endpoint.Hot.Word, ~Retired);

    /// <summary>Closes or opens the door at once, before the next snapshot follows.</summary>
    internal void SetExcluded(bool hard, bool soft)
    {
        if (hard)
        {
            Interlocked.Or(ref _endpoint.Hot.Word, Hard);
        }

        if (soft)
        {
            Interlocked.Or(ref _endpoint.Hot.Word, Soft);
        }

        var clear = (hard ? 0 : Hard) | (soft ? 0 : Soft);
        if (clear != 0 && (Volatile.Read(ref _endpoint.Hot.Word) & clear) != 0)
        {
            Interlocked.And(ref _endpoint.Hot.Word, ~clear);
        }
    }

    /// <summary>The answer's headers have come and its body stays open.</summary>
    internal void BeginStream() => Interlocked.Increment(ref _endpoint.Hot.Streaming);

    /// <summary>The body has ended.</summary>
    internal void EndStream() => Interlocked.Decrement(ref _endpoint.Hot.Streaming);

    /// <summary>A byte has come.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal void NoteByte(long now) => Volatile.Write(ref _endpoint.Hot.LastByteAt, now);

    /// <summary>A good answer has come. The count is plain: a lost one does not matter.</summary>
    internal void NoteAnswer(long now)
    {
        Volatile.Write(ref _endpoint.Hot.LastByteAt, now);
        Volatile.Write(ref _endpoint.Hot.Successes, _endpoint.Hot.Successes + 1);
    }

    /// <summary>Counts a success where nothing else has to be done: nothing excludes the endpoint and its last attempt did not fail.</summary>
    /// <param name="now">The present, in ticks.</param>
    /// <param name="slotsPerTick">See <see cref="FailureWindow.SlotsPerTick"/>.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal bool TryCountSuccess(long now, double slotsPerTick) =>
        (Volatile.Read(ref _endpoint.Hot.Word) & Flags) == 0 && Volatile.Read(ref _endpoint.Hot.FailuresInARow) == 0
        && FailureWindow.TryCountSuccess(ref _endpoint.Hot.Slot, now, slotsPerTick);

    /// <summary>From now on so many latencies are all taken: where little is answered one of eight would be too few to know anything.</summary>
    internal void SampleInFull(int count) => _endpoint.Hot.SampledUntil = (int)Math.Max(SampledInFull, Successes + Math.Min(count, SampledInFull));

    /// <summary>Adds a latency to the histogram: at first each, later one of eight, which weighs as much.</summary>
    /// <param name="now">The present, in ticks. Its bits decide, so that no pattern of calls can coincide with the sample.</param>
    /// <param name="duration">Ticks (100 ns).</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal void Sample(long now, long duration)
    {
        if ((int)_endpoint.Hot.Successes - _endpoint.Hot.SampledUntil <= 0)
        {
            _endpoint.Latencies.Add(duration);
        }
        else if ((uint)((ulong)now * 0x9E3779B97F4A7C15UL >> 32) >> (32 - SampleBits) == 0)
        {
            _endpoint.Latencies.Add(duration, 1 << SampleBits);
        }
    }

    /// <summary>An answer came after <paramref name="duration"/> ticks.</summary>
    internal void ObserveLatency(long now, long duration)
    {
        var old = Volatile.Read(ref _endpoint.Hot.Latency);
        var sample = Math.Max(duration, 1f);
        if (old != 0)
        {
            var average = BitConverter.UInt32BitsToSingle((uint)(old >> 32));
            if (sample < average)
            {
                var keep = Keep(old, now);
                sample = (average * keep) + (sample * (1 - keep));
            }
        }

        // Two threads may write at once and one sample be lost: the next one is a moment away.
        Volatile.Write(ref _endpoint.Hot.Latency, Pack(sample, now));
    }

    /// <summary>An attempt was given up after <paramref name="duration"/> ticks: it would have taken at least that long.</summary>
    internal void ObserveLowerBound(long now, long duration)
    {
        var old = Volatile.Read(ref _endpoint.Hot.Latency);
        if (old == 0 || duration > Decayed(old, now))
        {
            Volatile.Write(ref _endpoint.Hot.Latency, Pack(Math.Max(duration, 1f), now));
        }
    }

    /// <summary>An attempt failed or was refused after <paramref name="duration"/> ticks: it never counts as a quick answer.</summary>
    internal void ObservePenalty(long now, long duration)
    {
        var old = Volatile.Read(ref _endpoint.Hot.Latency);
        var current = old == 0 ? 0 : Decayed(old, now);
        var penalty = Math.Min(PenaltyCeiling, old == 0 ? UnknownPenalty : PenaltyFactor * Math.Max(current, PenaltyFloor));
        Volatile.Write(ref _endpoint.Hot.Latency, Pack(Math.Max(duration, Math.Max(current, penalty)), now));
    }

    /// <summary>What was learned before and in an outage says nothing of the endpoint after it: the next answer counts as the first.</summary>
    internal void ForgetLatency()
    {
        Volatile.Write(ref _endpoint.Hot.Latency, 0);
        RecallScore.Forget(ref _endpoint.Hot.Recall);
    }

    /// <summary>It failed when everyone did, or was not there: what it answered and how often it failed meanwhile makes it no worse than the others.</summary>
    internal void ForgetOutage()
    {
        ForgetLatency();
        RecallScore.ForgetFailures(ref _endpoint.Hot.Recall);
    }

    /// <summary>
    /// It is back. The penalties of an outage pile up to ten seconds: with them it would be healthy and yet unused for minutes. Where it could not be reached, or did not answer anything, all that failed
    /// at once was one event, and it is over; where it answered with errors each was a sample of what it may do again.
    /// </summary>
    internal void ForgetEjection(bool wasAway)
    {
        if (wasAway)
        {
            ForgetOutage();
        }
        else
        {
            ForgetLatency();
        }
    }

    /// <summary>
    /// Whoever has got the head of an answer waits no more. The count was read before the streams: one that has begun since then is among those counted, and if
    /// another lease has come or gone, the CAS fails.
    /// </summary>
    private bool IsFull(int count) =>
        count == NoLimit || count - Volatile.Read(ref _endpoint.Hot.Streaming) >= Volatile.Read(ref _endpoint.Hot.Limit);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static float Decayed(long latency, long now) => BitConverter.UInt32BitsToSingle((uint)(latency >> 32)) * Keep(latency, now);

    /// <summary>e^(−Δt/τ) as 1 / (1 + x + x²/2 + x³/6): within 2 % up to one time constant, and no call.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static float Keep(long latency, long now)
    {
        // Modulo 2^32 units of 0.1 ms, half of them the past: after two and a half days without an answer the stamp counts as
        // now, as does one from "the future" of another thread.
        var elapsed = Math.Max(0, (int)((uint)(now >> AgeShift) - (uint)latency));
        var x = elapsed * DecayPerAgeUnit;
        return 1 / (1 + (x * (1 + (x * (0.5f + (x * (1 / 6f)))))));
    }

    private static long Pack(float value, long now) => ((long)BitConverter.SingleToUInt32Bits(value) << 32) | (uint)(now >> AgeShift);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static long With(long word, long start, long count) =>
        (word & Flags) | ((((word >> CountBits) + start) & SumMask) << CountBits) | ((word + count) & CountMask);
}
