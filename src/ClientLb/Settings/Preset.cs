namespace ClientLb.Settings;

/// <summary>
/// A set of numbers that go together. It gives settings another default and nothing more: one that is set, in the configuration or in code, goes before it, in whatever order the
/// two are set.
/// </summary>
/// <remarks>
/// A client's preset (<see cref="Http.LoadBalancedClientOptions.Preset"/>) is about its retries and its attempts, a cluster's (<see cref="Clusters.ClusterOptions.Preset"/>)
/// about the budget that all its clients share. What keeps retries from harming others (the budget is funded by successes, limits in distress, ejections)
/// is in force in each. The numbers stand in <c>docs/configuration.md</c>.
/// </remarks>
public enum Preset
{
    /// <summary>The defaults: three attempts, a fifth of a retry earned by each success.</summary>
    Standard,

    /// <summary>One retry, and few of them: where calls are dear, or where somebody above retries as well.</summary>
    Minimal,

    /// <summary>More and quicker attempts, given up sooner: where answers are quick and each call matters.</summary>
    Aggressive,
}
