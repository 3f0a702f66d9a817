using ClientLb.Endpoints;

namespace ClientLb.Balancing;

/// <summary>
/// ((in flight + 1)^bias − 1) / weight: the order of Envoy's weight / (in flight + 1)^bias where much is in flight, and nothing for an idle member,
/// so that idle ones share by weight as they do there by its schedule. A bias of 1 is in flight / weight; one of 0 leaves the draw by weight alone.
/// </summary>
internal readonly struct BiasedInFlightMetric : ILoadMetric
{
    // Far from infinity even over the smallest weight: of two infinite costs none would be the lower one.
    private const double Ceiling = 1e25;

    private readonly double _bias;
    private readonly float[] _powers;

    public BiasedInFlightMetric(double bias)
    {
        _bias = bias;
        _powers = new float[64];
        for (var i = 0; i < _powers.Length; i++)
        {
            _powers[i] = Power(i, bias);
        }
    }

    public static bool IdleCostsNothing => true;

    public static float Tolerance => InFlightMetric.Rounding;

    public float Cost(EndpointLoad load, long now, float inverseWeight)
    {
        var inFlight = load.InFlight;
        return (inFlight < _powers.Length ? _powers[inFlight] : Power(inFlight, _bias)) * inverseWeight;
    }

    private static float Power(int inFlight, double bias) => (float)Math.Min(Ceiling, Math.Pow(inFlight + 1, bias) - 1);
}
