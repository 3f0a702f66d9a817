namespace ClientLb.Consul.Registration;

/// <summary>How Consul learns whether an instance is well.</summary>
public enum ConsulCheckType
{
    /// <summary>The instance says so itself, each third of the time to live. Works behind any network, and notices a process that froze.</summary>
    Ttl,

    /// <summary>The agent sends a GET: 2xx is passing, 429 is warning, all else is critical.</summary>
    Http,

    /// <summary>The agent opens a connection.</summary>
    Tcp,

    /// <summary>The agent calls the gRPC health service.</summary>
    Grpc,
}
