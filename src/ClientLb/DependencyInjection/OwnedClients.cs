namespace ClientLb.DependencyInjection;

/// <summary>The clients that should use connections of their own.</summary>
internal sealed class OwnedClients
{
    public HashSet<string> Names { get; } = [];
}
