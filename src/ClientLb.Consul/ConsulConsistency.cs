namespace ClientLb.Consul;

/// <summary>Whose word an answer is: Consul's consistency modes.</summary>
internal enum ConsulConsistency
{
    /// <summary>Any server's, however far it lags behind.</summary>
    Stale,

    /// <summary>The leader's, who may have been elected so lately that it has not yet taken in what the one before it knew.</summary>
    Leader,

    /// <summary>The leader's, who has made sure with the other servers that it leads and knows everything.</summary>
    Confirmed,
}
