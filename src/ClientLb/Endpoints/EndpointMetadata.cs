using System.Collections;
using System.Collections.Frozen;
using System.Diagnostics.CodeAnalysis;

namespace ClientLb.Endpoints;

/// <summary>What a source says of an endpoint beyond the known fields. Immutable, compared by content; keys ignore case.</summary>
[SuppressMessage("Naming", "CA1710", Justification = "It is the metadata of an endpoint; that it can be read as a dictionary is secondary.")]
public sealed class EndpointMetadata : IReadOnlyDictionary<string, string>, IEquatable<EndpointMetadata>
{
    private readonly FrozenDictionary<string, string> _items;
    private readonly int _hash;

    private EndpointMetadata(FrozenDictionary<string, string> items)
    {
        _items = items;

        // A sum, because equal contents may be enumerated in different orders.
        foreach (var (key, value) in items)
        {
            _hash += HashCode.Combine(StringComparer.OrdinalIgnoreCase.GetHashCode(key), value);
        }
    }

    /// <summary>Nothing.</summary>
    public static EndpointMetadata Empty { get; } = new(FrozenDictionary<string, string>.Empty);

    /// <inheritdoc />
    public int Count => _items.Count;

    /// <inheritdoc />
    public IEnumerable<string> Keys => _items.Keys;

    /// <inheritdoc />
    public IEnumerable<string> Values => _items.Values;

    /// <inheritdoc />
    public string this[string key] => _items[key];

    /// <summary>Copies the pairs. Of keys that differ in case only, the last one counts.</summary>
    /// <param name="items">The pairs; <see langword="null"/> means none.</param>
    /// <returns>The metadata; <see cref="Empty"/> where there are no pairs.</returns>
    public static EndpointMetadata From(IEnumerable<KeyValuePair<string, string>>? items)
    {
        if (items is null || (items.TryGetNonEnumeratedCount(out var count) && count == 0))
        {
            return Empty;
        }

        var copy = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
        foreach (var (key, value) in items)
        {
            copy[key] = value;
        }

        return copy.Count == 0 ? Empty : new(copy.ToFrozenDictionary(StringComparer.OrdinalIgnoreCase));
    }

    /// <inheritdoc />
    public bool ContainsKey(string key) => _items.ContainsKey(key);

    /// <inheritdoc />
    public bool TryGetValue(string key, [MaybeNullWhen(false)] out string value) => _items.TryGetValue(key, out value);

    /// <inheritdoc />
    public IEnumerator<KeyValuePair<string, string>> GetEnumerator() => ((IEnumerable<KeyValuePair<string, string>>)_items).GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    /// <inheritdoc />
    public bool Equals(EndpointMetadata? other)
    {
        if (ReferenceEquals(this, other))
        {
            return true;
        }

        if (other is null || _hash != other._hash || Count != other.Count)
        {
            return false;
        }

        foreach (var (key, value) in _items)
        {
            if (!other._items.TryGetValue(key, out var theirs) || theirs != value)
            {
                return false;
            }
        }

        return true;
    }

    /// <inheritdoc />
    public override bool Equals(object? obj) => Equals(obj as EndpointMetadata);

    /// <inheritdoc />
    public override int GetHashCode() => _hash;
}
