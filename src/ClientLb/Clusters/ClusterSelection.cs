using System.Text;

namespace ClientLb.Clusters;

/// <summary>
/// A part of a cluster that is a cluster of its own: with its own endpoints, health and connections, and the settings of the whole one.
/// </summary>
public sealed record ClusterSelection
{
    /// <summary>The data centre to ask in; <see langword="null"/>: that of the settings.</summary>
    public string? Datacenter { get; init; }

    /// <summary>Tags that each endpoint must have; empty: those of the settings.</summary>
    public IReadOnlyList<string> Tags { get; init; } = [];

    /// <summary>A key of the metadata and the value that each endpoint must have there; <see langword="null"/>: all endpoints.</summary>
    public KeyValuePair<string, string>? Subset { get; init; }

    /// <summary>True where it selects nothing.</summary>
    internal bool IsWhole => Datacenter is null && Tags.Count == 0 && Subset is null;

    /// <summary>The form in which it stands behind the cluster's name.</summary>
    public override string ToString()
    {
        var text = new StringBuilder();
        Add("dc", Datacenter);
        foreach (var tag in Tags.Order(StringComparer.OrdinalIgnoreCase))
        {
            Add("tag", tag);
        }

        if (Subset is { } subset)
        {
            Add("subset", $"{subset.Key}:{subset.Value}");
        }

        return text.ToString();

        void Add(string name, string? value)
        {
            if (value is not null)
            {
                text.Append(text.Length == 0 ? '?' : '&').Append(name).Append('=').Append(value);
            }
        }
    }
}
