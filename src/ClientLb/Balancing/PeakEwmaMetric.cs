using System.Runtime.CompilerServices;
using ClientLb.Endpoints;

namespace ClientLb.Balancing;

/// <summary>The expected wait: <see cref="EndpointLoad.PeakEwmaCost"/>.</summary>
internal readonly struct PeakEwmaMetric : ILoadMetric
{
    public static bool IdleCostsNothing => false;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float Cost(EndpointLoad load, long now, float inverseWeight) => load.PeakEwmaCost(now, inverseWeight);
}
