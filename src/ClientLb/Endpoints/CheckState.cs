namespace ClientLb.Endpoints;

/// <summary>What the active checks of an endpoint say.</summary>
public enum CheckState : byte
{
    /// <summary>There are none, or none has spoken yet.</summary>
    Unknown,

    /// <summary>It came after the first list and has not passed yet, however often it has failed: not eligible unless no other is.</summary>
    Pending,

    /// <summary>They pass.</summary>
    Passing,

    /// <summary>They pass, and ask for less traffic.</summary>
    Degraded,

    /// <summary>They fail.</summary>
    Failing,
}
