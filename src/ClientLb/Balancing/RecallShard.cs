using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using ClientLb.Endpoints;

namespace ClientLb.Balancing;

/// <summary>
/// What some of the threads remember: the endpoints of the last successful answers, and the mean latency. Written without locks: what two threads
/// overwrite of each other's is one answer of many. Alone on its cache lines.
/// </summary>
[StructLayout(LayoutKind.Sequential)]
internal sealed class RecallShard
{
    /// <summary>How many answers are remembered.</summary>
    public const int Size = 16;

    private const float MostSamples = 200;
    private const float OthersShare = 0.02f;
    private const float TicksPerAgeUnit = 1024;

#pragma warning disable CS0169, IDE0051, CA1823, S1144 // They keep the neighbours on the heap away.
    private readonly Padding _before;
    private Ring _ring;
    private uint _next;
    private long _roundAt;
    private float _mean;
    private float _samples;
    private float _others;
    private float _othersFade;
    private readonly Padding _after;
#pragma warning restore CS0169, IDE0051, CA1823, S1144

    /// <summary>The mean of ln(latency in ticks) over about 200 answers.</summary>
    public float Mean
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => _mean;
    }

    /// <summary>The mean number of requests of other clients that endpoints say they have in flight.</summary>
    public float Others => _others;

    /// <summary>How quickly that of one endpoint fades, per 1,024 ticks: 1 / twice the mean latency. 0 where no endpoint ever said anything.</summary>
    public float OthersFade
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => _othersFade;
    }

    /// <summary>The endpoints of the last answers; some places are empty before there were so many.</summary>
    public ReadOnlySpan<Endpoint?> Endpoints
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => _ring;
    }

    /// <summary>Whether more than half of the answers were one endpoint's.</summary>
    public bool IsMostly(Endpoint endpoint)
    {
        var count = 0;
        foreach (var other in (ReadOnlySpan<Endpoint?>)_ring)
        {
            count += ReferenceEquals(other, endpoint) ? 1 : 0;
        }

        return count > Size / 2;
    }

    /// <summary>A good answer has come.</summary>
    /// <returns>True when the ring has gone round once more.</returns>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public bool Remember(Endpoint endpoint)
    {
        var place = _next;
        _next = place + 1;
        _ring[(int)(place % Size)] = endpoint;
        return (place + 1) % Size == 0;
    }

    /// <summary>How long the ring has taken to go round, in ticks.</summary>
    public long Round(long now)
    {
        var took = now - _roundAt;
        _roundAt = now;
        return took;
    }

    /// <summary>Remembers what another one does: it was not in use for a while.</summary>
    public void CopyFrom(RecallShard other)
    {
        _ring = other._ring;
        _next = other._next;
        _roundAt = other._roundAt;
        _mean = other._mean;
        _samples = other._samples;
        _others = other._others;
        _othersFade = other._othersFade;
    }

    /// <summary>Takes a latency into the mean.</summary>
    /// <param name="logarithm">ln of ticks.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Average(float logarithm)
    {
        var samples = MathF.Min(MostSamples, _samples + 1);
        _samples = samples;
        _mean += (logarithm - _mean) / samples;
    }

    /// <summary>Takes a number of requests of others into the mean.</summary>
    public void AverageOthers(float others)
    {
        _others = _othersFade == 0 ? others : _others + ((others - _others) * OthersShare);
        _othersFade = TicksPerAgeUnit / (2 * MathF.Exp(_mean));
    }

    /// <summary>A copy without the endpoints that are no members any more.</summary>
    public RecallShard Without(Func<Endpoint, bool> isGone)
    {
        var copy = new RecallShard { _roundAt = _roundAt, _mean = _mean, _samples = _samples, _others = _others, _othersFade = _othersFade };
        for (var i = 0u; i < Size; i++)
        {
            // From the oldest on, so that they are forgotten in their order.
            if (_ring[(int)((_next + i) % Size)] is { } endpoint && !isGone(endpoint))
            {
                copy.Remember(endpoint);
            }
        }

        return copy;
    }

    [InlineArray(Size)]
    private struct Ring
    {
        private Endpoint? _first;
    }

    [InlineArray(8)]
    private struct Padding
    {
        private long _first;
    }
}
