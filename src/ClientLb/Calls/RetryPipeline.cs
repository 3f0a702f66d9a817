using Polly;
using Polly.Retry;

namespace ClientLb.Calls;

/// <summary>
/// Polly.Core's retry around the further attempts of a call. Polly decides nothing here that could be decided beforehand: whether, where
/// and when is the <see cref="RetryState"/>'s, so that an attempt that succeeds at once never meets it.
/// </summary>
internal static class RetryPipeline
{
    internal static readonly ResiliencePropertyKey<RetryState> State = new("ClientLb.RetryState");

    public static ResiliencePipeline<AttemptResult> Build(TimeProvider timeProvider) =>
        new ResiliencePipelineBuilder<AttemptResult> { TimeProvider = timeProvider, Name = "ClientLb" }
            .AddRetry(new RetryStrategyOptions<AttemptResult>
            {
                Name = "retry",
                MaxRetryAttempts = int.MaxValue,
                BackoffType = DelayBackoffType.Constant,
                Delay = TimeSpan.Zero,
                ShouldHandle = static args => new(args.Context.Properties.GetValue(State, null!).Decide(args.Outcome.Result)),
                DelayGenerator = static args => new((TimeSpan?)args.Context.Properties.GetValue(State, null!).Delay),
            })
            .Build();
}
