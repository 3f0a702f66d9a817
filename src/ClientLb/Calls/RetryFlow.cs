using System.Runtime.ExceptionServices;
using ClientLb.Affinity;
using ClientLb.Endpoints;
using Polly;

namespace ClientLb.Calls;

/// <summary>A call whose first attempt has failed: Polly's retry, seeded with that attempt's result, and then the one way out.</summary>
internal sealed class RetryFlow<TRequest, TResponse>(
    ClusterCaller<TRequest, TResponse> caller, TRequest request, CallPlan plan, CallTraits traits, CallKey key, long callDeadline, bool isAsync, CancellationToken cancellationToken,
    RetryState? state = null)
    where TRequest : class
    where TResponse : class
{
    private readonly RetryState _state = state ?? caller.NewState(plan, traits, key, callDeadline);
    private AttemptResult _last;
    private bool _isSeeded;

    public async Task<TResponse> RunAsync(AttemptResult first)
    {
        _last = first;
        var context = ResilienceContextPool.Shared.Get(continueOnCapturedContext: false, cancellationToken);
        context.Properties.Set(RetryPipeline.State, _state);
        try
        {
            if (isAsync)
            {
                var outcome = await plan.Retries.ExecuteOutcomeAsync(
                    static async (_, flow) => Outcome.FromResult(await flow.NextAsync().ConfigureAwait(false)), context, this).ConfigureAwait(false);
                outcome.ThrowIfException();
            }
            else
            {
                // In a synchronous Send every step completes on this thread, Polly's waits included.
                plan.Retries.Execute(static (_, flow) => flow.NextAsync().AsTask().GetAwaiter().GetResult(), context, this);
            }
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            // The caller cancelled while the retry waited: said below.
        }
        catch
        {
            // No attempt ends in an exception: a policy of the user's has thrown.
            if (_last.Response is TResponse unread)
            {
                caller.Discard(unread);
            }

            _last = default;
            throw;
        }
        finally
        {
            ResilienceContextPool.Shared.Return(context);
            _state.End();
            caller.Finish(request, _last.Response as TResponse);
        }

        return End();
    }

    /// <summary>Ends a call of which it is known already that no further attempt follows.</summary>
    public TResponse EndWith(AttemptResult last)
    {
        _last = last;
        _state.End();
        caller.Finish(request, _last.Response as TResponse);
        return End();
    }

    private async ValueTask<AttemptResult> NextAsync()
    {
        if (!_isSeeded)
        {
            _isSeeded = true;
            return _last;
        }

        var before = _last;
        var next = await caller.AttemptAsync(request, plan, _state, isAsync, cancellationToken).ConfigureAwait(false);
        if (next.Endpoint is null)
        {
            // Nobody was left to try: the outcome before stands.
            return next;
        }

        if (before.Response is TResponse replaced)
        {
            caller.Discard(replaced);
        }

        _last = next;
        return next;
    }

    private TResponse End()
    {
        var cluster = caller.Cluster;
        if (cancellationToken.IsCancellationRequested && _last.Verdict.Kind != OutcomeKind.Success)
        {
            if (_last.Response is TResponse unread)
            {
                caller.Discard(unread);
            }

            Count("cancelled");
            throw new TaskCanceledException(_last.Exception?.Message ?? "The call was cancelled.", _last.Exception, cancellationToken);
        }

        if (_last.Response is TResponse response)
        {
            var isSuccess = _last.Verdict.Kind == OutcomeKind.Success;
            Count(isSuccess ? "success" : "failed_status");
            cluster.Breaker.Count(isSuccess);
            return response;
        }

        if (_last.Verdict is { Kind: OutcomeKind.Ignored, Evidence: Evidence.CallerError })
        {
            // The caller's own content or settings threw: their exception is the truth, whatever the endpoint is.
            Count("caller_error");
            ExceptionDispatchInfo.Throw(_last.Exception!);
        }

        throw CallErrors.Failed(cluster, _state, _last, caller.Logger);
    }

    private void Count(string result)
    {
        var cluster = caller.Cluster;
        if (cluster.Metrics.CallsEnabled)
        {
            cluster.Metrics.Call(cluster.Name, result);
        }
    }
}
