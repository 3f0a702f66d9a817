using ClientLb.Endpoints;

namespace ClientLb.Health.Checks;

/// <summary>One way to check endpoints.</summary>
internal interface IEndpointCheck : IDisposable
{
    /// <summary>What is done, as the subject of a sentence: "GET /health".</summary>
    string Name { get; }

    /// <summary>Checks once. It may throw: <see cref="CheckFinding.Of"/> reads what.</summary>
    /// <param name="endpoint">The endpoint.</param>
    /// <param name="cancellationToken">Ends with the time limit of the check.</param>
    ValueTask<CheckFinding> CheckAsync(Endpoint endpoint, CancellationToken cancellationToken);

    /// <summary>The endpoint is checked no more: what is held for it may go.</summary>
    void Forget(Endpoint endpoint);
}
