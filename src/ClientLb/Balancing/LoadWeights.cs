using ClientLb.Endpoints;

namespace ClientLb.Balancing;

/// <summary>The weights of a group by what its members report.</summary>
internal static class LoadWeights
{
    /// <summary>A weight for each member; 0 for one that drains.</summary>
    /// <param name="members">The members with the weights of the source.</param>
    /// <param name="options">Which reports count.</param>
    /// <param name="now">The present, in ticks.</param>
    public static double[] Of(IReadOnlyList<WeightedEndpoint> members, ByLoadOptions options, long now)
    {
        var weights = new double[members.Count];
        var known = 0;
        var sum = 0.0;
        for (var i = 0; i < weights.Length; i++)
        {
            var (endpoint, weight) = members[i];
            if (weight > 0)
            {
                weights[i] = endpoint.Reported.Weight(now, HealthySince(endpoint), options.Blackout.Ticks, options.Expiry.Ticks);
                known += weights[i] > 0 ? 1 : 0;
                sum += weights[i];
            }
        }

        for (var i = 0; i < weights.Length; i++)
        {
            var (endpoint, weight) = members[i];
            weights[i] = known < 2 ? weight
                : weight > 0 ? (weights[i] > 0 ? weights[i] : sum / known) * Started(endpoint, weight)
                : 0;
        }

        return weights;
    }

    /// <summary>What slow start leaves: the capacity that the source's weight stands for is in the report already.</summary>
    private static double Started(Endpoint endpoint, double weight) => Math.Min(1, weight / Math.Max(1, endpoint.Descriptor.Weight));

    private static long HealthySince(Endpoint endpoint)
    {
        var status = endpoint.Health.Status;
        return status.State == HealthState.Healthy ? status.Since : 0;
    }
}
