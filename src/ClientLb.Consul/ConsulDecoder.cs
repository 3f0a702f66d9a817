using ClientLb.Consul.Wire;
using ClientLb.Discovery;
using ClientLb.Endpoints;
using Microsoft.Extensions.Logging;

namespace ClientLb.Consul;

/// <summary>
/// Makes descriptors of what Consul says, in an order that does not depend on that of the answer. An instance of which nothing has changed
/// keeps its descriptor: a list of thousands comes again with every change of one. For one watch and its loop.
/// </summary>
internal sealed class ConsulDecoder(string service, ILogger logger)
{
    private const int MaxWeight = 65535;

    private readonly ConsulMetadata _metadata = new();
    private readonly ConsulPlaces _places = new();
    private Dictionary<string, EndpointDescriptor> _known = new(StringComparer.Ordinal);
    private HashSet<string> _unusable = new(StringComparer.Ordinal);

    public EndpointDescriptor[] Decode(List<WireEntry?> entries)
    {
        var endpoints = new List<EndpointDescriptor>(entries.Count);
        var unusable = new HashSet<string>(StringComparer.Ordinal);
        var known = _known.GetAlternateLookup<ReadOnlySpan<char>>();
        var id = new ConsulInstanceId();
        foreach (var entry in entries)
        {
            if (entry?.Service is not { } instance)
            {
                continue;
            }

            id.Write(entry.Node, instance);
            var host = string.IsNullOrEmpty(instance.Address) ? entry.Node?.Address : instance.Address;
            known.TryGetValue(id.Text, out var before);
            if (instance.Port is < 1 or > 65535 || ((before is null || before.Host != host) && !EndpointAddress.IsHost(host)))
            {
                // Said once per instance: the list comes again with every change of any other one.
                var left = id.Text.ToString();
                if (unusable.Add(left) && !_unusable.Contains(left))
                {
                    ConsulLog.UnusableInstance(logger, service, left, host, instance.Port);
                }

                continue;
            }

            var endpoint = Create(before, id, host!, entry, instance);
            if (!ReferenceEquals(endpoint, before))
            {
                _known[endpoint.Id] = endpoint;
            }

            endpoints.Add(endpoint);
        }

        _unusable = unusable;
        Forget(endpoints);
        Sort(endpoints);
        return [.. endpoints];
    }

    private EndpointDescriptor Create(EndpointDescriptor? before, ConsulInstanceId id, string host, WireEntry entry, WireService instance)
    {
        var status = ConsulChecks.Worst(entry.Checks);
        var given = status == RegistryStatus.Warning ? instance.Weights?.Warning : instance.Weights?.Passing;
        var weight = given is null or < 1 ? 1 : Math.Min(given.Value, MaxWeight);

        // Weights that say something of warnings are the operator's word; equal ones are what Consul gives by default. 0, which drains nobody here, is less than the 1 that stands in its place.
        var degraded = status == RegistryStatus.Warning && (given is null or < 1 || given == instance.Weights?.Passing);
        var place = _places.Of(entry.Node, instance);
        if (before is not null && before.Port == instance.Port && before.Status == status && before.Weight == weight && before.IsDegraded == degraded && before.Host == host
            && before.Locality == place && ConsulMetadata.Says(before.Metadata, instance))
        {
            return before;
        }

        return new(host, instance.Port)
        {
            Id = before?.Id ?? id.Text.ToString(),
            Weight = weight,
            Status = status,
            IsDegraded = degraded,
            Locality = place,
            Metadata = _metadata.Of(instance),
        };
    }

    /// <summary>Lets go of those who are no longer listed, once there are some.</summary>
    private void Forget(List<EndpointDescriptor> endpoints)
    {
        _metadata.Trim(endpoints.Count);
        _places.Trim(endpoints.Count);
        if (_known.Count <= endpoints.Count)
        {
            return;
        }

        _known = new(endpoints.Count, StringComparer.Ordinal);
        foreach (var endpoint in endpoints)
        {
            _known[endpoint.Id] = endpoint;
        }
    }

    // Consul mostly answers in this order already.
    private static void Sort(List<EndpointDescriptor> endpoints)
    {
        for (var i = 1; i < endpoints.Count; i++)
        {
            if (Compare(endpoints[i - 1], endpoints[i]) > 0)
            {
                endpoints.Sort(Compare);
                return;
            }
        }
    }

    private static int Compare(EndpointDescriptor a, EndpointDescriptor b) =>
        string.CompareOrdinal(a.Id, b.Id) is var byId and not 0 ? byId
        : string.CompareOrdinal(a.Host, b.Host) is var byHost and not 0 ? byHost
        : a.Port.CompareTo(b.Port);
}
