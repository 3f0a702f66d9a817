using Polly;

namespace ClientLb.Admission;

/// <summary>The one call that is made while a breaker is half-open: Polly waits for its end.</summary>
internal sealed class BreakerTrial
{
    private readonly ClusterBreaker _breaker;
    private readonly TaskCompletionSource<bool> _isGood = new();
    private readonly ResilienceContext _context = ResilienceContextPool.Shared.Get(continueOnCapturedContext: false, CancellationToken.None);
    private Task<Outcome<bool>>? _running;

    private BreakerTrial(ClusterBreaker breaker) => _breaker = breaker;

    /// <summary>Begins one, if Polly allows it.</summary>
    public static BreakerTrial? Begin(ClusterBreaker breaker, ResiliencePipeline<bool> pipeline)
    {
        var trial = new BreakerTrial(breaker);
        trial._running = pipeline.ExecuteOutcomeAsync(
            static async (_, end) => Outcome.FromResult(await end.Task.ConfigureAwait(false)), trial._context, trial._isGood).AsTask();
        if (!trial._running.IsCompleted)
        {
            return trial;
        }

        // Another one was first.
        ResilienceContextPool.Shared.Return(trial._context);
        return null;
    }

    /// <summary>The call has ended. What says nothing, a call that was cancelled or found no endpoint, is no success: it stays open.</summary>
    public async ValueTask EndAsync(bool isSuccess)
    {
        _isGood.SetResult(isSuccess);
        await _running!.ConfigureAwait(false);
        ResilienceContextPool.Shared.Return(_context);
        _breaker.Look();
    }
}
