namespace ClientLb.Health;

/// <summary>What keeps an endpoint in though soft evidence speaks against it.</summary>
internal enum Guard : byte
{
    /// <summary>Nothing.</summary>
    None,

    /// <summary>It is the last one that is left.</summary>
    LastOne,

    /// <summary>The allowed share is out already.</summary>
    Share,

    /// <summary>Those that would remain have not shown that they can carry the present load.</summary>
    Capacity,

    /// <summary>Every other endpoint fails too: it may be this client.</summary>
    EveryoneFails,

    /// <summary>The detector is only to observe.</summary>
    NotEnforced,
}
