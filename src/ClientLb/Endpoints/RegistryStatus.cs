namespace ClientLb.Endpoints;

/// <summary>What the registry says of an endpoint's health. The worst of its checks.</summary>
public enum RegistryStatus
{
    /// <summary>Every check passes, or there is none. The default.</summary>
    Passing,

    /// <summary>Some check warns: eligible, with the weight that the source gives for it.</summary>
    Warning,

    /// <summary>Some check fails: not eligible while any other endpoint is left.</summary>
    Critical,

    /// <summary>Taken out by an operator: gets nothing new and finishes what it has.</summary>
    Maintenance,
}
