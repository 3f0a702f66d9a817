using ClientLb.Endpoints;
using ClientLb.Settings;
using Microsoft.Extensions.Configuration;

namespace ClientLb.Discovery;

/// <summary>Reads a section of endpoints: a list or a map of objects, plain addresses, or one text with commas.</summary>
internal sealed class ConfiguredEndpoints(SettingErrors errors)
{
    private readonly Dictionary<string, string> _keyOfAddress = new(StringComparer.OrdinalIgnoreCase);
    private readonly Dictionary<string, string> _keyOfId = new(StringComparer.Ordinal);
    private readonly List<EndpointDescriptor> _endpoints = [];

    public static bool Any(IConfigurationSection section) => !string.IsNullOrWhiteSpace(section.Value) || section.GetChildren().Any();

    /// <summary>Reads all and reports every mistake; the list is worth something only where there was none.</summary>
    public static IReadOnlyList<EndpointDescriptor> Read(IConfigurationSection section, SettingErrors errors)
    {
        var reader = new ConfiguredEndpoints(errors);
        foreach (var address in (section.Value ?? "").Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
        {
            reader.Add(section.Path, null, new() { Address = address }, EndpointMetadata.Empty, section.Path);
        }

        foreach (var child in section.GetChildren())
        {
            reader.ReadEntry(child);
        }

        return reader._endpoints;
    }

    /// <summary><c>host:port</c> and its scheme, where there is one, in the metadata.</summary>
    public static EndpointDescriptor Create(EndpointAddress address, int port) => new(address.Host, port)
    {
        Metadata = Scheme(address, null),
    };

    private void ReadEntry(IConfigurationSection section)
    {
        // In a map the key is a name that somebody chose: it is the endpoint's id. In a list it is a place.
        var name = section.Key.AsSpan().ContainsAnyExceptInRange('0', '9') ? section.Key : null;

        // A plain address may have settings below it from another provider, for example the weight from the environment.
        var given = new ConfiguredEndpoint { Address = string.IsNullOrWhiteSpace(section.Value) ? null : section.Value };
        ConfiguredEndpoint.Schema.Bind(section, given, errors);
        var metadata = ReadMetadata(section.GetSection("Metadata"));
        var written = section["Address"];
        if (given.Address is not null)
        {
            Add(section.Path, name, given, metadata, written is null ? section.Path : section.Path + ":Address");
        }
        else if (written is null)
        {
            errors.Add(section.Path + ":Address", null, EndpointAddress.Allowed);
        }
    }

    private void Add(string path, string? name, ConfiguredEndpoint given, EndpointMetadata metadata, string addressKey)
    {
        if (!EndpointAddress.TryParse(given.Address, out var address))
        {
            errors.Add(addressKey, given.Address, EndpointAddress.Allowed);
            return;
        }

        if (address.Port is { } inAddress && given.Port is { } besideIt && inAddress != besideIt)
        {
            errors.Add(path + ":Port", besideIt, FormattableString.Invariant($"{inAddress}, which {addressKey} says, or no Port at all"));
            return;
        }

        if ((given.Port ?? address.Port) is not { } port)
        {
            errors.Add(addressKey, given.Address, EndpointAddress.Allowed + "; the port is missing");
            return;
        }

        var authority = EndpointDescriptor.Authority(address.Host, port);
        var id = given.Id ?? name ?? authority;
        if (IsFirst(_keyOfAddress, authority, addressKey, "an address that is given once")
            & IsFirst(_keyOfId, id, given.Id is null ? path : path + ":Id", "an id that is given once") && given.Enabled)
        {
            _endpoints.Add(new(address.Host, port)
            {
                Id = id,
                Weight = given.Weight,
                Priority = given.Priority,
                Locality = given.Region is null && given.Zone is null ? Locality.Unknown : new(given.Region ?? "", given.Zone ?? ""),
                Metadata = Scheme(address, metadata),
            });
        }
    }

    // An entry that is switched off counts too: its twin would go on being used, which nobody means.
    private bool IsFirst(Dictionary<string, string> keys, string value, string key, string allowed)
    {
        if (keys.TryAdd(value, key))
        {
            return true;
        }

        errors.Add(key, value, $"{allowed}; {keys[value]} has it too");
        return false;
    }

    private EndpointMetadata ReadMetadata(IConfigurationSection section)
    {
        if (section.Value is { Length: > 0 } text)
        {
            errors.Add(section.Path, text, "a section of names with a text each");
        }

        return EndpointMetadata.From(section.AsEnumerable(makePathsRelative: true)
            .Where(static pair => pair.Value is not null && pair.Key.Length > 0)
            .Select(static pair => KeyValuePair.Create(pair.Key, pair.Value!)));
    }

    private static EndpointMetadata Scheme(EndpointAddress address, EndpointMetadata? metadata)
    {
        metadata ??= EndpointMetadata.Empty;
        return address.Scheme is null || metadata.ContainsKey("scheme")
            ? metadata
            : EndpointMetadata.From(metadata.Append(KeyValuePair.Create("scheme", address.Scheme)));
    }
}
