using ClientLb.Consul.Wire;
using ClientLb.Endpoints;

namespace ClientLb.Consul;

/// <summary>Finds out where an instance runs; one object per place. For one watch and its loop.</summary>
internal sealed class ConsulPlaces
{
    private readonly Dictionary<(string Region, string Zone), Locality> _places = [];

    public Locality Of(WireNode? node, WireService instance)
    {
        var region = Meta(instance.Meta, "region") ?? Meta(node?.Meta, "region") ?? instance.Locality?.Region ?? node?.Locality?.Region
            ?? node?.Datacenter ?? "";
        var zone = Meta(instance.Meta, "zone") ?? Meta(node?.Meta, "zone") ?? instance.Locality?.Zone ?? node?.Locality?.Zone ?? "";
        if (!_places.TryGetValue((region, zone), out var place))
        {
            _places[(region, zone)] = place = new(region, zone);
        }

        return place;
    }

    /// <summary>Forgets places when there are many more than endpoints.</summary>
    public void Trim(int endpoints)
    {
        if (_places.Count > (2 * endpoints) + 64)
        {
            _places.Clear();
        }
    }

    private static string? Meta(Dictionary<string, string?>? meta, string key) =>
        meta is not null && meta.TryGetValue(key, out var value) && !string.IsNullOrEmpty(value) ? value : null;
}
