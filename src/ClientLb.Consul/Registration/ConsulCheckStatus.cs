namespace ClientLb.Consul.Registration;

/// <summary>How an instance is, as Consul calls it.</summary>
public enum ConsulCheckStatus
{
    /// <summary>Well: it gets calls by its passing weight.</summary>
    Passing,

    /// <summary>In trouble, but of use: it gets calls by its warning weight.</summary>
    Warning,

    /// <summary>Of no use: it gets no calls while there is anyone else.</summary>
    Critical,
}
