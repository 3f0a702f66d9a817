namespace ClientLb.Consul;

/// <summary>What may make a watch look up from what it waits for.</summary>
[Flags]
internal enum ConsulNudge
{
    None = 0,

    /// <summary>Somebody wants a fresh look.</summary>
    Look = 1,

    /// <summary>A held query may hang: another leader, another agent, or an agent that is back after a silence.</summary>
    Suspect = 2,

    /// <summary>The agent answers again: no need to wait for the end of a pause.</summary>
    Recovered = 4,

    /// <summary>A connection was opened for the held query: it may have reached a registry that knows nothing of the index.</summary>
    Reconnected = 8,
}
