using System.Collections;
using System.Diagnostics.CodeAnalysis;

namespace ClientLb.Endpoints;

/// <summary>What a source says of an endpoint beyond the known fields. Immutable, compared by content; keys ignore case.</summary>
/// <remarks>
/// Two sorted arrays: an endpoint has few keys, and a registry that lists thousands of endpoints makes and compares the metadata of all of
/// them at every change, where a hash table each would cost more than reading the answer.
/// </remarks>
[SuppressMessage("Naming", "CA1710", Justification = "It is the metadata of an endpoint; that it can be read as a dictionary is secondary.")]
public sealed class EndpointMetadata : IReadOnlyDictionary<string, string>, IEquatable<EndpointMetadata>
{
    private readonly string[] _keys;
    private readonly string[] _values;

    private EndpointMetadata(string[] keys, string[] values)
    {
        _keys = keys;
        _values = values;

        // Asked for each endpoint at each snapshot: looked up once.
        SaysDrain = TryGetValue(DrainKey, out var drain) && drain.Equals("true", StringComparison.OrdinalIgnoreCase);
    }

    /// <summary>The key that drains an endpoint where its value is <c>true</c>.</summary>
    public const string DrainKey = "drain";

    /// <summary>Nothing.</summary>
    public static EndpointMetadata Empty { get; } = new([], []);

    /// <summary>True where <see cref="DrainKey"/> is <c>true</c>.</summary>
    internal bool SaysDrain { get; }

    /// <inheritdoc />
    public int Count => _keys.Length;

    /// <inheritdoc />
    public IEnumerable<string> Keys => _keys.AsReadOnly();

    /// <inheritdoc />
    public IEnumerable<string> Values => _values.AsReadOnly();

    /// <inheritdoc />
    public string this[string key] =>
        TryGetValue(key, out var value) ? value : throw new KeyNotFoundException($"The metadata has no key '{key}'.");

    /// <summary>Copies the pairs. Of keys that differ in case only, the last one counts.</summary>
    /// <param name="items">The pairs; <see langword="null"/> means none.</param>
    /// <returns>The metadata; <see cref="Empty"/> where there are no pairs.</returns>
    public static EndpointMetadata From(IEnumerable<KeyValuePair<string, string>>? items)
    {
        if (items is null || (items.TryGetNonEnumeratedCount(out var count) && count == 0))
        {
            return Empty;
        }

        var keys = new List<string>(count);
        var values = new List<string>(count);
        foreach (var (key, value) in items)
        {
            var place = keys.BinarySearch(key, StringComparer.OrdinalIgnoreCase);
            if (place >= 0)
            {
                values[place] = value;
            }
            else
            {
                keys.Insert(~place, key);
                values.Insert(~place, value);
            }
        }

        return keys.Count == 0 ? Empty : new([.. keys], [.. values]);
    }

    /// <inheritdoc />
    public bool ContainsKey(string key) => TryGetValue(key, out _);

    /// <inheritdoc />
    public bool TryGetValue(string key, [MaybeNullWhen(false)] out string value)
    {
        ArgumentNullException.ThrowIfNull(key);
        var place = Array.BinarySearch(_keys, key, StringComparer.OrdinalIgnoreCase);
        value = place >= 0 ? _values[place] : null;
        return place >= 0;
    }

    /// <inheritdoc />
    public IEnumerator<KeyValuePair<string, string>> GetEnumerator()
    {
        for (var i = 0; i < _keys.Length; i++)
        {
            yield return new(_keys[i], _values[i]);
        }
    }

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    /// <inheritdoc />
    public bool Equals(EndpointMetadata? other)
    {
        if (ReferenceEquals(this, other))
        {
            return true;
        }

        if (other is null || Count != other.Count)
        {
            return false;
        }

        for (var i = 0; i < _keys.Length; i++)
        {
            if (_values[i] != other._values[i] || !string.Equals(_keys[i], other._keys[i], StringComparison.OrdinalIgnoreCase))
            {
                return false;
            }
        }

        return true;
    }

    /// <inheritdoc />
    public override bool Equals(object? obj) => Equals(obj as EndpointMetadata);

    /// <inheritdoc />
    public override int GetHashCode()
    {
        var hash = new HashCode();
        for (var i = 0; i < _keys.Length; i++)
        {
            hash.Add(_keys[i], StringComparer.OrdinalIgnoreCase);
            hash.Add(_values[i]);
        }

        return hash.ToHashCode();
    }
}
