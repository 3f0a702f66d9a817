using ClientLb.Endpoints;

namespace ClientLb.Health.Checks;

/// <summary>A check of the user's own.</summary>
internal sealed class DelegateCheck(Func<Endpoint, CancellationToken, ValueTask<HealthCheckResult>> check) : IEndpointCheck
{
    public string Name => "the check";

    public async ValueTask<CheckFinding> CheckAsync(Endpoint endpoint, CancellationToken cancellationToken)
    {
        var running = check(endpoint, cancellationToken);

        // One that overlooks its token must not hold its place among the checks in flight.
        var result = running.IsCompletedSuccessfully ? running.Result : await running.AsTask().WaitAsync(cancellationToken).ConfigureAwait(false);
        return result switch
        {
            { IsHealthy: false } => CheckFinding.Failed(result.Reason is { Length: > 0 } why ? $"failed ({why})" : "failed"),
            { IsDegraded: true } => CheckFinding.Degraded(result.Reason is { Length: > 0 } why ? $"found it degraded ({why})" : "found it degraded"),
            _ => CheckFinding.Passed,
        };
    }

    public void Forget(Endpoint endpoint)
    {
    }

    public void Dispose()
    {
    }
}
