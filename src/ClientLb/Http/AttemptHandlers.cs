namespace ClientLb.Http;

/// <summary>The user's handlers that every attempt passes, for one client.</summary>
internal sealed class AttemptHandlers
{
    /// <summary>Each makes one handler, anew for every endpoint; the first one is the outermost.</summary>
    public List<Func<IServiceProvider, DelegatingHandler>> Factories { get; } = [];
}
