using System.Runtime.InteropServices;

namespace ClientLb.Endpoints;

/// <summary>What one client has learned of an endpoint's latency and errors: see <see cref="RecallScore"/>.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct RecallNumbers
{
    /// <summary>The score of an idle endpoint as it was after its last outcome.</summary>
    public float Idle;

    /// <summary>The latency in it: ln of ticks, shrunk to that of all.</summary>
    public float Latency;

    /// <summary>An attempt that waits longer than so many ticks says more than the latencies of before.</summary>
    public float Patience;

    /// <summary>ln of its weight relative to the mean of its group.</summary>
    public float LogWeight;

    /// <summary>The weighted mean of ln(latency in ticks).</summary>
    public float Mean;

    /// <summary>The weight of the mean at <see cref="At"/>: samples, decayed. 0: it never answered.</summary>
    public float Weight;

    /// <summary>When the mean was taken, in units of 1,024 ticks.</summary>
    public uint At;

    /// <summary>Until when its first answers count as those of a cold server, in the same units; 0 once they are no part of the mean any more.</summary>
    public uint ColdUntil;

    /// <summary>1 − the mean of successes; 0 for one that never failed, and then the weight is that of the latencies.</summary>
    public float Failing;

    /// <summary>The weight of that mean.</summary>
    public float FailingWeight;

    /// <summary>When it was taken.</summary>
    public uint FailingAt;

    /// <summary>When it was last taken into use, in the same units.</summary>
    public uint PickedAt;

    /// <summary>How many requests of other clients it had in flight when it last said so.</summary>
    public float Others;

    /// <summary>When it said so, in the same units; 0: never.</summary>
    public uint OthersAt;
}
