namespace ClientLb.Simulation.Running;

/// <summary>What a scenario does.</summary>
internal enum Scene
{
    /// <summary>Other servers are disturbed.</summary>
    Disturb,

    /// <summary>Servers begin to fail.</summary>
    Fail,

    /// <summary>They are well again.</summary>
    Recover,

    /// <summary>Cold servers join.</summary>
    Join,

    /// <summary>They become a little warmer.</summary>
    Warm,
}
