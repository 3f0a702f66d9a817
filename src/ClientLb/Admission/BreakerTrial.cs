using Polly;

namespace ClientLb.Admission;

/// <summary>The call that is made while a breaker is half-open: Polly waits for its end.</summary>
internal sealed class BreakerTrial
{
    private readonly ClusterBreaker _breaker;
    private readonly Execution _execution;

    private BreakerTrial(ClusterBreaker breaker, Execution execution)
    {
        _breaker = breaker;
        _execution = execution;
    }

    /// <summary>Begins one, if Polly allows it.</summary>
    public static BreakerTrial? Begin(ClusterBreaker breaker, ResiliencePipeline<bool> pipeline)
    {
        var execution = new Execution(pipeline);
        if (!execution.Running.IsCompleted)
        {
            return new BreakerTrial(breaker, execution);
        }

        // Another one was first.
        execution.Return();
        return null;
    }

    /// <summary>Another call takes the place of this one, which takes too long: Polly goes on waiting, and does not hear of it.</summary>
    public BreakerTrial HandOver() => new(_breaker, _execution);

    /// <summary>
    /// The call has ended. What says nothing, a call that was cancelled or found no endpoint, is no success: it stays open. Once another has taken its place, only its success
    /// counts: an answer that has come now is one whenever it was asked for.
    /// </summary>
    public async ValueTask EndAsync(bool isSuccess)
    {
        if ((!isSuccess && !_breaker.IsLatest(this)) || !_execution.IsGood.TrySetResult(isSuccess))
        {
            return;
        }

        await _execution.Running.ConfigureAwait(false);
        _execution.Return();
        _breaker.Look();
    }

    /// <summary>What Polly waits for: one for all calls that take over from each other.</summary>
    private sealed class Execution
    {
        private readonly ResilienceContext _context = ResilienceContextPool.Shared.Get(continueOnCapturedContext: false, CancellationToken.None);

        public Execution(ResiliencePipeline<bool> pipeline) => Running = pipeline.ExecuteOutcomeAsync(
            static async (_, end) => Outcome.FromResult(await end.Task.ConfigureAwait(false)), _context, IsGood).AsTask();

        public TaskCompletionSource<bool> IsGood { get; } = new();

        public Task<Outcome<bool>> Running { get; }

        public void Return() => ResilienceContextPool.Shared.Return(_context);
    }
}
