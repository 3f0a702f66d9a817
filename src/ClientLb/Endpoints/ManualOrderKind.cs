namespace ClientLb.Endpoints;

/// <summary>What somebody may order for an endpoint.</summary>
public enum ManualOrderKind : byte
{
    /// <summary>Out while any other endpoint is left, as by hard evidence.</summary>
    Eject,

    /// <summary>Out whatever happens: not even as the last resort.</summary>
    Isolate,

    /// <summary>Finishes what it has and gets nothing new, as with weight 0.</summary>
    Drain,
}
