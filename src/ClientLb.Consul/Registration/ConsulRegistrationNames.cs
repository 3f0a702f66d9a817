namespace ClientLb.Consul.Registration;

/// <summary>The registrations that code has named; the empty name is the one without a name.</summary>
internal sealed class ConsulRegistrationNames
{
    private readonly List<string> _names = [];

    public IReadOnlyList<string> Names => _names;

    public bool Contains(string name) => _names.Contains(name, StringComparer.OrdinalIgnoreCase);

    /// <summary>Adds a name, and gives it as it was spelled first: names are parts of configuration keys, which ignore case.</summary>
    public string Add(string name)
    {
        if (_names.Find(known => known.Equals(name, StringComparison.OrdinalIgnoreCase)) is { } known)
        {
            return known;
        }

        _names.Add(name);
        return name;
    }
}
