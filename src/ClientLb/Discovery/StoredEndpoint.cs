using ClientLb.Endpoints;

namespace ClientLb.Discovery;

/// <summary>One endpoint of a stored list, as it is written: exactly what a descriptor has.</summary>
internal sealed class StoredEndpoint
{
    private const int MaxWeight = 65535;

    public string? Host { get; init; }

    public int? Port { get; init; }

    public string? Id { get; init; }

    public int? Weight { get; init; }

    public int? Priority { get; init; }

    public string? Region { get; init; }

    public string? Zone { get; init; }

    public string? Status { get; init; }

    /// <summary>Absent where it is not.</summary>
    public bool? IsDegraded { get; init; }

    public Dictionary<string, string?>? Metadata { get; init; }

    public static StoredEndpoint From(EndpointDescriptor endpoint) => new()
    {
        Host = endpoint.Host,
        Port = endpoint.Port,
        Id = endpoint.Id,

        // A source of somebody's own may say more than there is; all below 0 drains, as 0 does.
        Weight = Math.Clamp(endpoint.Weight, 0, MaxWeight),
        Priority = endpoint.Priority,
        Region = endpoint.Locality.Region,
        Zone = endpoint.Locality.Zone,
        Status = NameOf(endpoint.Status),
        IsDegraded = endpoint.IsDegraded ? true : null,
        Metadata = endpoint.Metadata.Count == 0 ? null : endpoint.Metadata.ToDictionary(static p => p.Key, static p => (string?)p.Value, StringComparer.Ordinal),
    };

    /// <summary>What is wrong, without the values: a text that is damaged may be anything.</summary>
    public string? Problem() =>
        !EndpointAddress.IsHost(Host) ? "host"
        : Port is not (>= 1 and <= 65535) ? "port"
        : string.IsNullOrEmpty(Id) ? "id"
        : Weight is not (>= 0 and <= MaxWeight) ? "weight"
        : Priority is null ? "priority"
        : Region is null ? "region"
        : Zone is null ? "zone"
        : StatusOf(Status) is null ? "status"
        : Metadata is not null && Metadata.ContainsValue(null) ? "metadata"
        : null;

    /// <summary>The descriptor, or what is wrong.</summary>
    public EndpointDescriptor? ToDescriptor(out string? problem)
    {
        problem = Problem();
        if (problem is not null)
        {
            return null;
        }

        var metadata = Metadata is null ? EndpointMetadata.Empty : EndpointMetadata.From(Metadata!);
        if (metadata.Count != (Metadata?.Count ?? 0))
        {
            problem = "metadata";
            return null;
        }

        return new(Host!, Port!.Value)
        {
            Id = Id!,
            Weight = Weight!.Value,
            Priority = Priority!.Value,
            Locality = Region!.Length == 0 && Zone!.Length == 0 ? Locality.Unknown : new(Region, Zone!),
            Status = StatusOf(Status)!.Value,
            IsDegraded = IsDegraded == true,
            Metadata = metadata,
        };
    }

    private static string NameOf(RegistryStatus status) => status switch
    {
        RegistryStatus.Passing => "passing",
        RegistryStatus.Warning => "warning",
        RegistryStatus.Critical => "critical",
        _ => "maintenance",
    };

    private static RegistryStatus? StatusOf(string? name) => name switch
    {
        "passing" => RegistryStatus.Passing,
        "warning" => RegistryStatus.Warning,
        "critical" => RegistryStatus.Critical,
        "maintenance" => RegistryStatus.Maintenance,
        _ => null,
    };
}
