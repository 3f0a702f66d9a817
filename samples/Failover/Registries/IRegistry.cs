using ClientLb.DependencyInjection;

namespace ClientLb.Samples.Failover.Registries;

/// <summary>Where backends announce themselves and the balancer finds them.</summary>
internal interface IRegistry : IAsyncDisposable
{
    /// <summary>What it is, in a word.</summary>
    string Name { get; }

    /// <summary>The agent that backends announce themselves to; <see langword="null"/> where they tell their parent.</summary>
    Uri? Agent { get; }

    /// <summary>Tells the balancer where to look: all that an application has to say.</summary>
    void AddTo(IClientLbBuilder clientLb);

    /// <summary>A backend has said something to its parent.</summary>
    void Hear(string id, string line);

    /// <summary>Ends the registry without a good-bye.</summary>
    Task KillAsync();

    /// <summary>Starts it again; it knows nobody.</summary>
    Task RestartAsync(CancellationToken cancellationToken);
}
