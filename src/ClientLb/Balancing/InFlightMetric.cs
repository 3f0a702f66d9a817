using System.Runtime.CompilerServices;
using ClientLb.Endpoints;

namespace ClientLb.Balancing;

/// <summary>In flight / weight.</summary>
internal readonly struct InFlightMetric : ILoadMetric
{
    // What rounding does to 10 / 5 and 4 / 2, and no more.
    internal const float Rounding = 1e-6f;

    public static bool IdleCostsNothing => true;

    public static float Tolerance => Rounding;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public float Cost(EndpointLoad load, long now, float inverseWeight) => load.InFlight * inverseWeight;
}
