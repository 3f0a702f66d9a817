namespace ClientLb.Discovery;

/// <summary>How much an update is worth.</summary>
public enum UpdateFreshness
{
    /// <summary>The registry has just said so.</summary>
    Fresh,

    /// <summary>It may be out of date: a stale read, or a list from an earlier time.</summary>
    Stale,

    /// <summary>The registry has confirmed the set that it gave before; <see cref="EndpointUpdate.Endpoints"/> is that set.</summary>
    Unchanged,
}
