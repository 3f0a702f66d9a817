using System.Runtime.CompilerServices;
using ClientLb.Endpoints;

namespace ClientLb.Balancing;

/// <summary>In flight / weight.</summary>
internal readonly struct InFlightMetric : ILoadMetric
{
    public static bool IdleCostsNothing => true;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float Cost(EndpointLoad load, long now, float inverseWeight) => load.InFlight * inverseWeight;
}
