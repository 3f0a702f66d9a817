namespace ClientLb.Samples.Failover.Backends;

/// <summary>How a backend makes itself known to the registry, and keeps itself known.</summary>
internal interface IAnnouncer
{
    /// <summary>Announces the backend until it is stopped: also again, when the registry has forgotten it.</summary>
    Task AnnounceAsync(CancellationToken stop);

    /// <summary>Takes the backend out of the registry.</summary>
    Task WithdrawAsync();
}
