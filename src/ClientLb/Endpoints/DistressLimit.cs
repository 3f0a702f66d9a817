namespace ClientLb.Endpoints;

/// <summary>The numbers of a limit that distress has brought. When they change is for <c>Admission.AdaptiveLimit</c> to say.</summary>
/// <param name="start">The first limit, at least 1.</param>
/// <param name="baseline">What the endpoint took for an answer before, in ticks; 0: nobody knows.</param>
/// <param name="now">When the distress was seen, in ticks.</param>
internal sealed class DistressLimit(double start, long baseline, long now)
{
    private double _value = start;
    private long _shrunkAt = now;
    private long _distressAt = now;

    /// <summary>What the endpoint took for an answer before the distress, in ticks; 0: nobody knows.</summary>
    public long Baseline => baseline;

    /// <summary>The limit, with what it has earned of the next place.</summary>
    public double Value => Volatile.Read(ref _value);

    /// <summary>The limit in attempts: at least one always may.</summary>
    public int Whole => (int)Math.Clamp(Value, 1, EndpointLoad.NoLimit);

    /// <summary>When distress was last seen, in ticks.</summary>
    public long DistressAt => Volatile.Read(ref _distressAt);

    /// <summary>Distress is seen again.</summary>
    public void NoteDistress(long now) => Volatile.Write(ref _distressAt, now);

    /// <summary>Adds 1 / limit: a whole place after as many quick answers as there are places. A lost race is an answer that does not count.</summary>
    public void Grow()
    {
        var value = Value;
        Interlocked.CompareExchange(ref _value, value + (1 / value), value);
    }

    /// <summary>Multiplies by the factor, unless that happened less than the gap ago: many attempts tell of the same moment.</summary>
    public void Shrink(double factor, long now, long gap)
    {
        var at = Volatile.Read(ref _shrunkAt);
        if (now - at < gap || Interlocked.CompareExchange(ref _shrunkAt, now, at) != at)
        {
            return;
        }

        var value = Value;
        while (true)
        {
            var seen = Interlocked.CompareExchange(ref _value, Math.Max(1, value * factor), value);
            if (seen.Equals(value))
            {
                return;
            }

            value = seen;
        }
    }
}
