using System.Runtime.CompilerServices;
using ClientLb.Endpoints;

namespace ClientLb.Balancing;

/// <summary>The expected wait: <see cref="EndpointLoad.PeakEwmaCost"/>.</summary>
internal readonly struct PeakEwmaMetric : ILoadMetric
{
    public static bool IdleCostsNothing => false;

    // Latencies are noise to about so much; without it the order of the last answers would decide between equal members, and not the weight.
    public static float Tolerance => 0.1f;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public float Cost(EndpointLoad load, long now, float inverseWeight) => load.PeakEwmaCost(now, inverseWeight);
}
