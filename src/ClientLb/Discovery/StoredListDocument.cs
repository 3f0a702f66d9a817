namespace ClientLb.Discovery;

/// <summary>The body of a stored list, as it is written. Nothing in it is believed before it has been looked at.</summary>
internal sealed class StoredListDocument
{
    public string? Cluster { get; init; }

    public string? Service { get; init; }

    public string? Source { get; init; }

    public DateTimeOffset? ConfirmedAt { get; init; }

    public List<StoredEndpoint?>? Endpoints { get; init; }
}
