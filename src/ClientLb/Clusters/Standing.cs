namespace ClientLb.Clusters;

/// <summary>What speaks against an endpoint, the least first: who may be picked in an emergency is whoever stands at most so badly.</summary>
internal enum Standing : byte
{
    Healthy,

    /// <summary>Degraded, and degraded ones have no weight while a healthy one is left.</summary>
    Degraded,
    SoftOut,
    HardOut,
    Critical,

    /// <summary>It gets nothing new in any case.</summary>
    Closed,
}
