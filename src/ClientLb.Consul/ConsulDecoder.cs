using ClientLb.Consul.Wire;
using ClientLb.Discovery;
using ClientLb.Endpoints;
using Microsoft.Extensions.Logging;

namespace ClientLb.Consul;

/// <summary>Makes descriptors of what Consul says, in an order that does not depend on that of the answer. For one watch and its loop.</summary>
internal sealed class ConsulDecoder(string service, ILogger logger)
{
    /// <summary>The metadata with the tags, joined by commas. Consul's own keys can't have a point, so nothing is hidden by it.</summary>
    public const string TagsKey = "consul.tags";

    private const int MaxWeight = 65535;

    private HashSet<string> _unusable = new(StringComparer.Ordinal);

    public EndpointDescriptor[] Decode(List<WireEntry?> entries)
    {
        var endpoints = new List<EndpointDescriptor>(entries.Count);
        var unusable = new HashSet<string>(StringComparer.Ordinal);
        var places = new Dictionary<(string, string), Locality>();
        foreach (var entry in entries)
        {
            if (entry?.Service is not { } instance)
            {
                continue;
            }

            var id = $"{entry.Node?.Datacenter}/{entry.Node?.Node}/{instance.Id}";
            var host = string.IsNullOrEmpty(instance.Address) ? entry.Node?.Address : instance.Address;
            if (!EndpointAddress.IsHost(host) || instance.Port is < 1 or > 65535)
            {
                // Said once per instance: the list comes again with every change of any other one.
                if (unusable.Add(id) && !_unusable.Contains(id))
                {
                    ConsulLog.UnusableInstance(logger, service, id, host, instance.Port);
                }

                continue;
            }

            endpoints.Add(Create(id, host!, entry, instance, places));
        }

        _unusable = unusable;
        endpoints.Sort(static (a, b) =>
            string.CompareOrdinal(a.Id, b.Id) is var byId and not 0 ? byId
            : string.CompareOrdinal(a.Host, b.Host) is var byHost and not 0 ? byHost
            : a.Port.CompareTo(b.Port));
        return [.. endpoints];
    }

    private static EndpointDescriptor Create(
        string id, string host, WireEntry entry, WireService instance, Dictionary<(string, string), Locality> places)
    {
        var status = Worst(entry.Checks);
        var weight = status == RegistryStatus.Warning ? instance.Weights?.Warning : instance.Weights?.Passing;
        return new(host, instance.Port)
        {
            Id = id,
            Weight = weight is null or < 1 ? 1 : Math.Min(weight.Value, MaxWeight),
            Status = status,
            Locality = Place(entry.Node, instance, places),
            Metadata = Metadata(instance),
        };
    }

    // The answer holds the checks of the instance and those of its node.
    private static RegistryStatus Worst(List<WireCheck?>? checks)
    {
        var worst = RegistryStatus.Passing;
        foreach (var check in checks ?? [])
        {
            if (check is null)
            {
                continue;
            }

            var status = IsMaintenance(check.CheckId) ? RegistryStatus.Maintenance : check.Status switch
            {
                "passing" => RegistryStatus.Passing,
                "warning" => RegistryStatus.Warning,
                "maintenance" => RegistryStatus.Maintenance,
                _ => RegistryStatus.Critical,
            };
            worst = status > worst ? status : worst;
        }

        return worst;
    }

    private static bool IsMaintenance(string? checkId) =>
        checkId is not null && (checkId == "_node_maintenance" || checkId.StartsWith("_service_maintenance:", StringComparison.Ordinal));

    private static Locality Place(WireNode? node, WireService instance, Dictionary<(string, string), Locality> places)
    {
        var region = Meta(instance.Meta, "region") ?? Meta(node?.Meta, "region") ?? instance.Locality?.Region ?? node?.Locality?.Region
            ?? node?.Datacenter ?? "";
        var zone = Meta(instance.Meta, "zone") ?? Meta(node?.Meta, "zone") ?? instance.Locality?.Zone ?? node?.Locality?.Zone ?? "";
        if (!places.TryGetValue((region, zone), out var place))
        {
            places[(region, zone)] = place = new(region, zone);
        }

        return place;
    }

    private static string? Meta(Dictionary<string, string?>? meta, string key) =>
        meta is not null && meta.TryGetValue(key, out var value) && !string.IsNullOrEmpty(value) ? value : null;

    private static EndpointMetadata Metadata(WireService instance)
    {
        if (instance.Meta is not { Count: > 0 } && instance.Tags is not { Count: > 0 })
        {
            return EndpointMetadata.Empty;
        }

        var items = new List<KeyValuePair<string, string>>();
        foreach (var (key, value) in instance.Meta ?? [])
        {
            items.Add(new(key, value ?? ""));
        }

        if (instance.Tags is { Count: > 0 } tags)
        {
            items.Add(new(TagsKey, string.Join(',', tags)));
        }

        return EndpointMetadata.From(items);
    }
}
