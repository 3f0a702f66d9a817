using ClientLb.Endpoints;

namespace ClientLb.Balancing;

/// <summary>
/// Consistent hashing with bounded loads (Mirrokni, Thorup and Zadimoghaddam 2018): a member holds at most ⌈factor × what is in flight in all × its
/// share of the weight⌉, the attempt in question counted in. With a factor above 1 somebody always has room.
/// </summary>
internal sealed class LoadBound
{
    // Up to here the sum is taken for each pick: a tenth of a microsecond.
    private const int FewMembers = 128;

    private readonly Endpoint?[] _open;
    private readonly double _factor;
    private readonly long _oldest;
    private long _summedAt = long.MinValue / 2;
    private long _sum;

    public LoadBound(double factor, Endpoint?[] open, double[] weights)
    {
        _open = open;
        var weight = 0.0;
        for (var i = 0; i < open.Length; i++)
        {
            weight += open[i] is null ? 0 : weights[i];
        }

        // Fifteen of a hundred must not become fifteen and a little by rounding, and so sixteen.
        _factor = factor * (1 - 1e-9) / Math.Max(weight, double.Epsilon);

        // A sum over many costs some 4 ns each; once in 400 ns for each it takes about a hundredth of one core.
        _oldest = open.Length <= FewMembers ? 0 : 4L * open.Length;
        _sum = Sum();
    }

    /// <summary>How much may be in flight per unit of weight.</summary>
    /// <param name="now">The present, in ticks.</param>
    public double PerWeight(long now) => _factor * (InFlight(now) + 1);

    private long InFlight(long now)
    {
        if (_oldest == 0)
        {
            return Sum();
        }

        var at = Volatile.Read(ref _summedAt);
        if (now - at >= _oldest && Interlocked.CompareExchange(ref _summedAt, now, at) == at)
        {
            Interlocked.Exchange(ref _sum, Sum());
        }

        return Volatile.Read(ref _sum);
    }

    private long Sum()
    {
        var sum = 0L;
        foreach (var endpoint in _open)
        {
            sum += endpoint?.Load.InFlight ?? 0;
        }

        return sum;
    }
}
