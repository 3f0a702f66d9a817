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

    // One slot: epoch (24 bits) | failures (20 bits) | all (20 bits), so that a slot is counted and reset in one CAS.
    private readonly long[] _slots = new long[Slots];
    private readonly long _slotTicks;

    /// <summary>Creates a window.</summary>
    /// <param name="length">Its length; 30 s by default in the outlier detection.</param>
    public FailureWindow(TimeSpan length) => _slotTicks = Math.Max(1, length.Ticks / Slots);

    /// <summary>Counts one outcome.</summary>
    /// <param name="now">The present, in ticks.</param>
    /// <param name="isFailure">Whether it was a failure.</param>
    public void Add(long now, bool isFailure)
    {
        var number = (ulong)now / (ulong)_slotTicks;
        var epoch = (long)((number + 1) & 0xFFFFFF) << (2 * CounterBits);
        ref var slot = ref _slots[number % Slots];
        var one = isFailure ? 1 + (1L << CounterBits) : 1;
        while (true)
        {
            var word = Volatile.Read(ref slot);
            if ((word & ~((1L << (2 * CounterBits)) - 1)) != epoch)
            {
                if (Interlocked.CompareExchange(ref slot, epoch | one, word) == word)
                {
                    return;
                }
            }
            else if ((word & CounterMask) == CounterMask || Interlocked.CompareExchange(ref slot, word + one, word) == word)
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
            var word = Volatile.Read(ref _slots[(number - back) % Slots]);
            if (word >>> (2 * CounterBits) == (long)((number - back + 1) & 0xFFFFFF))
            {
                total += (int)(word & CounterMask);
                failures += (int)((word >> CounterBits) & CounterMask);
            }
        }

        return (total, failures);
    }

    /// <summary>Forgets everything: an endpoint that comes back starts with a clean slate.</summary>
    public void Clear() => Array.Clear(_slots);
}
