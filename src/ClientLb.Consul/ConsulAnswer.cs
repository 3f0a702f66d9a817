using ClientLb.Consul.Wire;

namespace ClientLb.Consul;

/// <summary>An answer with status 200.</summary>
/// <param name="Entries">The instances.</param>
/// <param name="Index">X-Consul-Index; 0 where it is missing.</param>
/// <param name="HasLeader">Whether the server that answered knows a leader.</param>
/// <param name="Age">How long ago that server heard its leader.</param>
internal sealed record ConsulAnswer(List<WireEntry?> Entries, ulong Index, bool HasLeader, TimeSpan Age)
{
    /// <summary>Whether the leader has made sure that it knows everything.</summary>
    public bool IsConfirmed { get; init; }

    /// <summary>The data centre that serves a prepared query in place of the one that was asked; <see langword="null"/> for none.</summary>
    public string? Failover { get; init; }
}
