namespace ClientLb.Consul;

/// <summary>
/// Carries what the watches ask: our own HTTP client, or one of the user's from the package Consul. Fails with a
/// <see cref="Discovery.DiscoveryException"/> only, or with the caller's token.
/// </summary>
internal interface IConsulTransport
{
    /// <summary>Whether the last answer came over a connection that carries many requests at once.</summary>
    bool IsMultiplexed { get; }

    /// <summary>Asks for the instances. With an index the answer is held until there is another one or the wait is over.</summary>
    Task<ConsulAnswer> QueryAsync(
        Uri agent, ConsulQuery query, ulong index, TimeSpan wait, ConsulConsistency consistency, CancellationToken cancellationToken, Action? opening = null);

    /// <summary>Asks who leads: an address, or an empty text for nobody.</summary>
    Task<string> LeaderAsync(Uri agent, TimeSpan deadline, CancellationToken cancellationToken);
}
