using System.Runtime.CompilerServices;

namespace ClientLb.Endpoints;

/// <summary>
/// Exact counts of successes and failures over a sliding window of ten slots. A moving average would hide a fast burst (the
/// reason linkerd gives for the same choice).
/// </summary>
/// <remarks>
/// The slot of the present lies with the endpoint's other numbers: a success touches nothing else. It moves to the others when the first outcome
/// of a later slot comes.
/// </remarks>
public sealed class FailureWindow
{
    private const int Slots = 10;
    private const int CounterBits = 20;
    private const int EpochShift = 2 * CounterBits;
    private const long CounterMask = (1L << CounterBits) - 1;
    private const long EpochMask = 0xFFFFFF;
    private const long Failure = 1L << CounterBits;

    // One slot: epoch (24 bits) | failures (20 bits) | all (20 bits), so that a slot is counted and reset in one CAS.
    private readonly Endpoint? _owner;
    private readonly OutcomeTotals? _totals;
    private readonly double _slotsPerTick;
    private SlotWords _past;
    private long _present;

    /// <summary>Creates a window.</summary>
    /// <param name="length">Its length; 30 s by default in the outlier detection.</param>
    public FailureWindow(TimeSpan length)
        : this(length, null)
    {
    }

    /// <param name="length">Its length.</param>
    /// <param name="owner">Whose slot of the present it uses; its own where there is none.</param>
    /// <param name="totals">Where everything is counted that the window forgets.</param>
    internal FailureWindow(TimeSpan length, Endpoint? owner, OutcomeTotals? totals = null)
    {
        Length = length;
        _owner = owner;
        _totals = totals;
        _slotsPerTick = SlotsPerTick(length);
    }

    internal TimeSpan Length { get; }

    private ref long Present => ref _owner is null ? ref _present : ref _owner.Hot.Slot;

    /// <summary>Counts one outcome.</summary>
    /// <param name="now">The present, in ticks.</param>
    /// <param name="isFailure">Whether it was a failure.</param>
    public void Add(long now, bool isFailure) => Add(now, isFailure ? 1 + Failure : 1);

    /// <summary>The counts of the window that ends now.</summary>
    /// <param name="now">The present, in ticks.</param>
    /// <returns>All outcomes and the failures among them.</returns>
    public (int Total, int Failures) Read(long now)
    {
        var latest = Number(now, _slotsPerTick);
        var (total, failures) = Count(Volatile.Read(ref Present), latest);
        for (var i = 0; i < Slots; i++)
        {
            var (all, bad) = Count(Volatile.Read(ref _past[i]), latest);
            total += all;
            failures += bad;
        }

        return (total, failures);
    }

    /// <summary>Forgets everything: an endpoint that comes back starts with a clean slate.</summary>
    public void Clear()
    {
        Seal(Interlocked.Exchange(ref Present, 0));
        ((Span<long>)_past).Clear();
    }

    /// <summary>All outcomes since the endpoint's birth, whatever the windows have forgotten. One that is being moved this moment may be missing until the next time.</summary>
    internal (long Total, long Failures) ReadTotals()
    {
        // In this order: a slot that is sealed in between would be counted twice in the other.
        var (total, failures) = _totals?.Added ?? default;
        var word = Volatile.Read(ref Present);
        return (total + (word & CounterMask), failures + ((word >> CounterBits) & CounterMask));
    }

    /// <summary>A success that was counted turns out to be a failure.</summary>
    internal void Downgrade(long now) => Add(now, Failure);

    /// <summary>What one tick is of a slot: multiplying by it is quicker than a division.</summary>
    internal static double SlotsPerTick(TimeSpan length) => Slots / (double)Math.Max(Slots, length.Ticks);

    /// <summary>Counts a success where nothing else has to be done: the slot is that of the present.</summary>
    /// <param name="slot">The endpoint's slot.</param>
    /// <param name="now">The present, in ticks.</param>
    /// <param name="slotsPerTick">That of the window's length.</param>
    /// <returns>False where the slow way must be taken.</returns>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static bool TryCountSuccess(ref long slot, long now, double slotsPerTick)
    {
        var word = Volatile.Read(ref slot);
        return word >>> EpochShift == EpochOf(Number(now, slotsPerTick)) && (word & CounterMask) != CounterMask
            && Interlocked.CompareExchange(ref slot, word + 1, word) == word;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static long Number(long now, double slotsPerTick) => (long)(now * slotsPerTick);

    // Never 0, which is that of a slot that nobody has used.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static long EpochOf(long number) => (number & (EpochMask >> 1)) + 1;

    private static (int Total, int Failures) Count(long word, long latest)
    {
        for (var back = 0; back < Slots; back++)
        {
            if (word >>> EpochShift == EpochOf(latest - back))
            {
                return ((int)(word & CounterMask), (int)((word >> CounterBits) & CounterMask));
            }
        }

        return default;
    }

    private void Add(long now, long one)
    {
        var number = Number(now, _slotsPerTick);
        var epoch = EpochOf(number);
        ref var present = ref Present;
        while (true)
        {
            var word = Volatile.Read(ref present);
            var theirs = word >>> EpochShift;
            if (theirs == epoch)
            {
                if ((word & CounterMask) == CounterMask)
                {
                    // The slot is full, the totals never are.
                    Seal(one);
                    return;
                }

                if (TryAdd(ref present, word, one))
                {
                    return;
                }
            }
            else if (theirs != 0 && IsEarlier(epoch, theirs))
            {
                // Its slot has been sealed already.
                Seal(one);
                AddToPast(ref _past[(int)((epoch - 1) % Slots)], epoch, one);
                return;
            }
            else
            {
                if (theirs != 0)
                {
                    // Whoever else moves it at the same time moves the same word, or finds that it has changed and comes again.
                    MoveToPast(ref _past[(int)((theirs - 1) % Slots)], word);
                }

                if (TryAdd(ref present, word, one, epoch << EpochShift))
                {
                    Seal(word);
                    return;
                }
            }
        }
    }

    // Whoever took the word away, and nobody else.
    private void Seal(long word) => _totals?.Add(word & CounterMask, (word >> CounterBits) & CounterMask);

    // Epochs go round, once in a year of slots of 3 s.
    private static bool IsEarlier(long epoch, long other) => ((other - epoch) & (EpochMask >> 1)) < EpochMask >> 2;

    private static void MoveToPast(ref long slot, long word)
    {
        var epoch = word >>> EpochShift;
        var before = Volatile.Read(ref slot);
        while (true)
        {
            // Somebody who was held up for long comes with what others have counted on from, or for a slot that is gone. Counts only grow, so that with the same epoch the larger word has more of both.
            var theirs = before >>> EpochShift;
            if (theirs == epoch ? before >= word : theirs != 0 && IsEarlier(epoch, theirs))
            {
                return;
            }

            var seen = Interlocked.CompareExchange(ref slot, word, before);
            if (seen == before)
            {
                return;
            }

            before = seen;
        }
    }

    private static void AddToPast(ref long slot, long epoch, long one)
    {
        while (true)
        {
            var word = Volatile.Read(ref slot);
            var theirs = word >>> EpochShift;
            if (theirs != 0 && theirs != epoch && IsEarlier(epoch, theirs))
            {
                // Too old for the window.
                return;
            }

            if (theirs == epoch ? TryAdd(ref slot, word, one) : TryAdd(ref slot, word, one, epoch << EpochShift))
            {
                return;
            }
        }
    }

    private static bool TryAdd(ref long slot, long word, long one) => TryAdd(ref slot, word, one, word);

    private static bool TryAdd(ref long slot, long word, long one, long onto)
    {
        // A success that is downgraded may have been counted in an earlier slot: then it counts here as a whole.
        var added = ((onto >> CounterBits) & CounterMask) < (onto & CounterMask) ? one : one | 1;
        return (onto & CounterMask) == CounterMask || Interlocked.CompareExchange(ref slot, onto + added, word) == word;
    }

    [InlineArray(Slots)]
    private struct SlotWords
    {
        private long _first;
    }
}
