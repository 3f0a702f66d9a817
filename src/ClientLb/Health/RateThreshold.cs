namespace ClientLb.Health;

/// <summary>
/// Below which rate one of several is an outlier: mean − factor × standard deviation, that of the whole population (Envoy, <c>outlier_detection_impl.cc</c>; gRPC A50,
/// success rate algorithm).
/// </summary>
/// <param name="Mean">The mean of the rates.</param>
/// <param name="Deviation">Their standard deviation.</param>
/// <param name="Limit">The threshold.</param>
internal readonly record struct RateThreshold(double Mean, double Deviation, double Limit)
{
    public static RateThreshold Of(ReadOnlySpan<double> rates, double factor)
    {
        double sum = 0, squares = 0;
        foreach (var rate in rates)
        {
            sum += rate;
        }

        var mean = sum / rates.Length;
        foreach (var rate in rates)
        {
            squares += (rate - mean) * (rate - mean);
        }

        var deviation = Math.Sqrt(squares / rates.Length);
        return new(mean, deviation, mean - (factor * deviation));
    }
}
