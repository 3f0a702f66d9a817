namespace ClientLb.DependencyInjection;

/// <summary>The clients that code has named.</summary>
internal sealed class OwnedClients
{
    /// <summary>Those that should use connections of their own.</summary>
    public HashSet<string> Names { get; } = [];

    /// <summary>All that are balanced: their options are validated by name.</summary>
    public HashSet<string> Balanced { get; } = new(StringComparer.OrdinalIgnoreCase);
}
