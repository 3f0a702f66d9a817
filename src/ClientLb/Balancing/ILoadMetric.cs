using ClientLb.Endpoints;

namespace ClientLb.Balancing;

/// <summary>What the pickers by load compare. Implemented by structs, so that each metric is compiled into its own picker.</summary>
internal interface ILoadMetric
{
    /// <summary>
    /// Whether idle members cost the same, so that the draw by weight decides between them. Where they do not, a member that is drawn twice is
    /// taken as it is.
    /// </summary>
    static abstract bool IdleCostsNothing { get; }

    /// <summary>By how much more than the least a member may cost and still be as good, in a look at all: 0.1 is a tenth.</summary>
    static abstract float Tolerance { get; }

    /// <summary>The cost of one more attempt: the lower one is picked.</summary>
    /// <param name="load">The load of the candidate.</param>
    /// <param name="now">The present, in ticks.</param>
    /// <param name="inverseWeight">1 / weight relative to the mean weight of the group.</param>
    float Cost(EndpointLoad load, long now, float inverseWeight);
}
