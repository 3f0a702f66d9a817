using ClientLb.Consul.Wire;
using ClientLb.Endpoints;

namespace ClientLb.Consul;

/// <summary>Makes metadata of what an instance says beside its address: those who say the same share one object. For one watch and its loop.</summary>
internal sealed class ConsulMetadata
{
    /// <summary>The metadata with the tags, joined by commas. Consul's own keys can't have a point, so nothing is hidden by it.</summary>
    public const string TagsKey = "consul.tags";

    // The tag that drains an instance. In the metadata it stands as the key that does so from any source; where the instance has that key itself, it counts.
    private const string DrainTag = EndpointMetadata.DrainKey;

    private readonly Dictionary<int, EndpointMetadata> _shared = [];

    /// <summary>The metadata of an instance.</summary>
    public EndpointMetadata Of(WireService instance)
    {
        if (instance.Meta is not { Count: > 0 } && instance.Tags is not { Count: > 0 })
        {
            return EndpointMetadata.Empty;
        }

        var hash = Hash(instance);
        if (!_shared.TryGetValue(hash, out var metadata) || !Says(metadata, instance))
        {
            _shared[hash] = metadata = Create(instance);
        }

        return metadata;
    }

    /// <summary>Forgets what is shared when it has become much more than the list can use.</summary>
    public void Trim(int endpoints)
    {
        if (_shared.Count > (2 * endpoints) + 64)
        {
            _shared.Clear();
        }
    }

    /// <summary>Whether the metadata is that of the instance. May miss it where keys differ in case only.</summary>
    public static bool Says(EndpointMetadata metadata, WireService instance)
    {
        var meta = instance.Meta;
        var tags = instance.Tags is { Count: > 0 } some ? some : null;
        var drains = IsDrainedByTag(instance);
        if (metadata.Count != (meta?.Count ?? 0) + (tags is null ? 0 : 1) + (drains ? 1 : 0) || (drains && !metadata.ContainsKey(DrainTag)))
        {
            return false;
        }

        if (meta is not null)
        {
            foreach (var (key, value) in meta)
            {
                if (!metadata.TryGetValue(key, out var known) || known != (value ?? ""))
                {
                    return false;
                }
            }
        }

        return tags is null || (metadata.TryGetValue(TagsKey, out var joined) && IsJoined(joined, tags));
    }

    private static bool IsDrainedByTag(WireService instance)
    {
        if (instance.Tags is not { Count: > 0 } tags || !tags.Contains(DrainTag, StringComparer.OrdinalIgnoreCase))
        {
            return false;
        }

        foreach (var (key, _) in instance.Meta ?? [])
        {
            if (key.Equals(DrainTag, StringComparison.OrdinalIgnoreCase))
            {
                return false;
            }
        }

        return true;
    }

    private static bool IsJoined(ReadOnlySpan<char> joined, List<string?> tags)
    {
        for (var i = 0; i < tags.Count; i++)
        {
            if (i > 0)
            {
                if (joined is not [',', ..])
                {
                    return false;
                }

                joined = joined[1..];
            }

            if (!joined.StartsWith(tags[i], StringComparison.Ordinal))
            {
                return false;
            }

            joined = joined[(tags[i]?.Length ?? 0)..];
        }

        return joined.IsEmpty;
    }

    private static int Hash(WireService instance)
    {
        var hash = new HashCode();
        foreach (var (key, value) in instance.Meta ?? [])
        {
            hash.Add(key);
            hash.Add(value);
        }

        foreach (var tag in instance.Tags ?? [])
        {
            hash.Add(tag);
        }

        return hash.ToHashCode();
    }

    private static EndpointMetadata Create(WireService instance)
    {
        var items = new List<KeyValuePair<string, string>>((instance.Meta?.Count ?? 0) + 1);
        foreach (var (key, value) in instance.Meta ?? [])
        {
            items.Add(new(key, value ?? ""));
        }

        if (instance.Tags is { Count: > 0 } tags)
        {
            items.Add(new(TagsKey, string.Join(',', tags)));
        }

        if (IsDrainedByTag(instance))
        {
            items.Add(new(DrainTag, "true"));
        }

        return EndpointMetadata.From(items);
    }
}
