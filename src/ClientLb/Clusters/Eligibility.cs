namespace ClientLb.Clusters;

/// <summary>By which rule the eligible endpoints were chosen, from the strictest to the last resort.</summary>
public enum Eligibility
{
    /// <summary>Healthy ones only.</summary>
    Normal,

    /// <summary>Panic: those that are out by soft evidence too.</summary>
    Panic,

    /// <summary>Nothing else is left: those that are out by hard evidence too, because trying beats failing.</summary>
    HardEjected,

    /// <summary>Nothing else is left: those that the registry calls critical too.</summary>
    Critical,
}
