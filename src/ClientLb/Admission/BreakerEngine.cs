using Polly;
using Polly.CircuitBreaker;

namespace ClientLb.Admission;

/// <summary>Polly's breaker with one set of numbers.</summary>
internal sealed class BreakerEngine
{
    private readonly CircuitBreakerManualControl _manual = new();
    private readonly CircuitBreakerStateProvider _provider = new();

    public BreakerEngine(BreakerOptions options, TimeProvider time)
    {
        Options = options;
        Pipeline = new ResiliencePipelineBuilder<bool> { TimeProvider = new SteadyTime(time), Name = "ClientLb" }
            .AddCircuitBreaker(new CircuitBreakerStrategyOptions<bool>
            {
                Name = "breaker",
                FailureRatio = options.FailureRatio,
                MinimumThroughput = options.MinimumThroughput,
                SamplingDuration = options.SamplingDuration,
                BreakDuration = options.BreakDuration,
                ManualControl = _manual,
                StateProvider = _provider,
                ShouldHandle = static args => new(!args.Outcome.Result),
            })
            .Build();
    }

    public BreakerOptions Options { get; }

    public ResiliencePipeline<bool> Pipeline { get; }

    /// <summary>Polly's own state, which takes its lock.</summary>
    public BreakerState State => _provider.CircuitState switch
    {
        CircuitState.Open => BreakerState.Open,
        CircuitState.HalfOpen => BreakerState.HalfOpen,
        CircuitState.Isolated => BreakerState.Isolated,
        _ => BreakerState.Closed,
    };

    /// <summary>Tells Polly how a call has ended.</summary>
    public void Count(bool isSuccess)
    {
        var context = ResilienceContextPool.Shared.Get(continueOnCapturedContext: false, CancellationToken.None);
        var counting = Pipeline.ExecuteOutcomeAsync(static (_, good) => new ValueTask<Outcome<bool>>(Outcome.FromResult(good)), context, isSuccess);

        // It never waits, since no callback is set.
        if (counting.IsCompletedSuccessfully)
        {
            _ = counting.Result;
        }
        else
        {
            counting.AsTask().GetAwaiter().GetResult();
        }

        ResilienceContextPool.Shared.Return(context);
    }

    public void Isolate() => _manual.IsolateAsync().GetAwaiter().GetResult();

    public void Close() => _manual.CloseAsync().GetAwaiter().GetResult();
}
