using System.Net;
using ClientLb.Endpoints;

namespace ClientLb.Discovery;

/// <summary>A list with names in it, and what is known of the names: gives the list of addresses. Used by one thread at a time.</summary>
/// <param name="names">What is known of names; it outlives a watch, so that one that breaks does not forget them.</param>
/// <param name="clock">The clock.</param>
internal sealed class NameExpansion(Dictionary<string, NameExpansion.Known> names, MonotonicClock clock)
{
    /// <summary>The metadata of an endpoint that was found by name: the name.</summary>
    public const string NameKey = "dns.name";

    private readonly UpdateSequence _sequence = new();
    private EndpointUpdate? _list;
    private EndpointUpdate? _latest;
    private IReadOnlyList<EndpointDescriptor>? _expanded;
    private Exception? _error;
    private bool _isPatienceOver;
    private bool _isChanged;

    /// <summary>The source has completed: its list is final, though addresses are not.</summary>
    public bool HasEnded { get; private set; }

    /// <summary>Takes an update of the source; the names that it no longer has are forgotten.</summary>
    public void Take(EndpointUpdate update)
    {
        _isChanged = true;
        _latest = update;
        if (!update.HasList)
        {
            return;
        }

        if (update.Freshness == UpdateFreshness.Unchanged && _list is not null)
        {
            _list = update with { Endpoints = _list.Endpoints, IsIncomplete = _list.IsIncomplete };
            return;
        }

        _list = update;
        var listed = update.Endpoints.Where(IsName).Select(static endpoint => endpoint.Host).ToHashSet(StringComparer.OrdinalIgnoreCase);
        foreach (var gone in names.Keys.Where(name => !listed.Contains(name)).ToList())
        {
            names.Remove(gone);
        }

        foreach (var name in listed)
        {
            _isPatienceOver &= !names.TryAdd(name, new Known(null, null, 0));
        }
    }

    public void End()
    {
        HasEnded = true;
        _isChanged = true;
    }

    /// <summary>Names without an answer are not waited for any longer.</summary>
    public void EndPatience()
    {
        _isPatienceOver = true;
        _isChanged = true;
    }

    /// <summary>A name has these addresses.</summary>
    /// <returns>What was known before; <see langword="null"/> where it is no longer in the list.</returns>
    public Known? Find(string name, IReadOnlyList<string> addresses) => Set(name, new(addresses, null, clock.Now));

    /// <summary>A name could not be looked up: what is known of it stays.</summary>
    /// <returns>What was known before; <see langword="null"/> where it is no longer in the list.</returns>
    public Known? Fail(string name, Exception error) => names.TryGetValue(name, out var known) ? Set(name, known with { Error = error }) : null;

    /// <summary>What is to be said now, or nothing. To be asked until there is nothing.</summary>
    public EndpointUpdate? Next()
    {
        if (_isChanged)
        {
            _isChanged = false;
            var isWaiting = !_isPatienceOver && IsWaiting;
            _expanded = _list is not null && !isWaiting ? Expand(_list.Endpoints) : null;

            // While some may still answer, that others failed is not yet the news that there is no list.
            var errors = names.Where(name => !isWaiting && name.Value.Error is not null).Select(static name => (name.Key, name.Value.Error!)).ToList();
            if (_latest?.Error is { } own)
            {
                errors.Insert(0, ("source", own));
            }

            _error = JoinedErrors.Of(errors);
        }

        return _sequence.Next(new(_expanded, ConfirmedAt(), _list?.Freshness == UpdateFreshness.Stale, _list?.IsIncomplete == true, Note(), _error));
    }

    // Some name has had neither an answer nor a failure yet.
    private bool IsWaiting => names.Values.Any(static known => known.Addresses is null && known.Error is null);

    // Null where nothing resolves that is there: an empty list would say that there is no endpoint.
    private IReadOnlyList<EndpointDescriptor>? Expand(IReadOnlyList<EndpointDescriptor> endpoints)
    {
        if (names.Count == 0)
        {
            return endpoints;
        }

        var expanded = new List<EndpointDescriptor>();
        var seen = new HashSet<EndpointDescriptor>(AddressComparer.Instance);
        foreach (var endpoint in endpoints)
        {
            foreach (var one in names.TryGetValue(endpoint.Host, out var known) ? (known.Addresses ?? []).Select(address => At(endpoint, address)) : [endpoint])
            {
                if (seen.Add(one))
                {
                    expanded.Add(one);
                }
            }
        }

        return expanded.Count > 0 ? expanded : null;
    }

    private static EndpointDescriptor At(EndpointDescriptor endpoint, string address)
    {
        var isDefaultId = endpoint.Id == EndpointDescriptor.Authority(endpoint.Host, endpoint.Port);
        var found = new EndpointDescriptor(address, endpoint.Port);
        return found with
        {
            Id = isDefaultId ? found.Id : $"{endpoint.Id}/{address}",
            Weight = endpoint.Weight,
            Priority = endpoint.Priority,
            Locality = endpoint.Locality,
            Status = endpoint.Status,
            Metadata = EndpointMetadata.From(endpoint.Metadata.Append(KeyValuePair.Create(NameKey, endpoint.Host))),
        };
    }

    private static bool IsName(EndpointDescriptor endpoint) => !IPAddress.TryParse(endpoint.Host, out _);

    private string? Note()
    {
        var missing = names.Where(static name => name.Value is { Addresses: null, Error: not null }).Select(static name => name.Key).Order(StringComparer.Ordinal).ToList();
        var note = missing.Count == 0 ? null : $"No address is known for {string.Join(", ", missing)}.";
        return _latest?.Note is { } own ? note is null ? own : $"{own} {note}" : note;
    }

    // The oldest word counts; a list that is final has no age.
    private long ConfirmedAt()
    {
        var oldest = _list is null || (HasEnded && names.Count > 0) ? long.MaxValue : _list.ConfirmedAt;
        foreach (var known in names.Values)
        {
            oldest = known.Addresses is null ? oldest : Math.Min(oldest, known.ConfirmedAt);
        }

        return oldest == long.MaxValue ? clock.Now : oldest;
    }

    private Known? Set(string name, Known known)
    {
        if (!names.TryGetValue(name, out var before))
        {
            return null;
        }

        _isChanged = true;
        names[name] = known;
        return before;
    }

    /// <summary>What is known of a name.</summary>
    public readonly record struct Known(IReadOnlyList<string>? Addresses, Exception? Error, long ConfirmedAt);
}
