namespace ClientLb.Clusters;

/// <summary>The clusters that the application has named in code.</summary>
public sealed class ClusterNames
{
    private readonly HashSet<string> _names = new(StringComparer.OrdinalIgnoreCase);

    /// <summary>The name as it was first written, or as it is asked for where nobody wrote it: the options of .NET tell "Orders" from "orders".</summary>
    internal string Canonical(string name) => _names.TryGetValue(name, out var written) ? written : name;

    /// <summary>The names. They ignore case.</summary>
    public IReadOnlyCollection<string> Names => _names;

    /// <summary>Adds a name; a second time it changes nothing.</summary>
    /// <param name="name">The name.</param>
    public void Add(string name) => _names.Add(name);
}
