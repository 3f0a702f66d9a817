using ClientLb.Endpoints;

namespace ClientLb.Simulation.Outages;

/// <summary>An attempt in flight. What waits for it goes on within the event that ends it: with the same seed in the same order.</summary>
internal sealed class Attempt(Call call, Endpoint endpoint, int server, bool isProbation, CancellationToken token) : TaskCompletionSource<Answer>
{
    public Call Call => call;

    public Endpoint Endpoint => endpoint;

    public int Server => server;

    public bool IsProbation => isProbation;

    /// <summary>Which of its call's attempts it is, from 1.</summary>
    public int Number { get; } = ++call.Attempts;

    /// <summary>The library's: nothing is registered with it, it is looked at whenever it may have been cancelled.</summary>
    public CancellationToken Token => token;
}
