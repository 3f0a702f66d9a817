using System.Runtime.CompilerServices;

namespace ClientLb.Endpoints;

/// <summary>
/// Exact counts of successes and failures over a sliding window of ten slots. A moving average would hide a fast burst (the
/// reason linkerd gives for the same choice).
/// </summary>
public sealed class FailureWindow
{
    private const int Slots = 10;
    private const int CounterBits = 20;
    private const long CounterMask = (1L << CounterBits) - 1;
    private const long Failure = 1L << CounterBits;

    // One slot: epoch (24 bits) | failures (20 bits) | all (20 bits), so that a slot is counted and reset in one CAS.
    // In the object itself: an array apart would be a cache miss more for every attempt at a rarely used endpoint.
    private SlotWords _slots;
    private readonly long _slotTicks;

    /// <summary>Creates a window.</summary>
    /// <param name="length">Its length; 30 s by default in the outlier detection.</param>
    public FailureWindow(TimeSpan length)
    {
        Length = length;
        _slotTicks = Math.Max(1, length.Ticks / Slots);
    }

    internal TimeSpan Length { get; }

    /// <summary>Counts one outcome.</summary>
    /// <param name="now">The present, in ticks.</param>
    /// <param name="isFailure">Whether it was a failure.</param>
    public void Add(long now, bool isFailure) => Add(now, isFailure ? 1 + Failure : 1);

    /// <summary>A success that was counted turns out to be a failure.</summary>
    internal void Downgrade(long now) => Add(now, Failure);

    private void Add(long now, long one)
    {
        var number = (ulong)now / (ulong)_slotTicks;
        var epoch = (long)((number + 1) & 0xFFFFFF) << (2 * CounterBits);
        ref var slot = ref _slots[(int)(number % Slots)];
        while (true)
        {
            var word = Volatile.Read(ref slot);
            var isCurrent = (word & ~((1L << (2 * CounterBits)) - 1)) == epoch;
            var old = isCurrent ? word : epoch;

            // A success that is downgraded may have been counted in an earlier slot: then it counts here as a whole.
            var added = ((old >> CounterBits) & CounterMask) < (old & CounterMask) ? one : one | 1;
            if ((old & CounterMask) == CounterMask || Interlocked.CompareExchange(ref slot, old + added, word) == word)
            {
                return;
            }
        }
    }

    /// <summary>The counts of the window that ends now.</summary>
    /// <param name="now">The present, in ticks.</param>
    /// <returns>All outcomes and the failures among them.</returns>
    public (int Total, int Failures) Read(long now)
    {
        var number = (ulong)now / (ulong)_slotTicks;
        int total = 0, failures = 0;
        for (ulong back = 0; back < Slots && back <= number; back++)
        {
            var word = Volatile.Read(ref _slots[(int)((number - back) % Slots)]);
            if (word >>> (2 * CounterBits) == (long)((number - back + 1) & 0xFFFFFF))
            {
                total += (int)(word & CounterMask);
                failures += (int)((word >> CounterBits) & CounterMask);
            }
        }

        return (total, failures);
    }

    /// <summary>Forgets everything: an endpoint that comes back starts with a clean slate.</summary>
    public void Clear() => ((Span<long>)_slots).Clear();

    [InlineArray(Slots)]
    private struct SlotWords
    {
        private long _first;
    }
}
