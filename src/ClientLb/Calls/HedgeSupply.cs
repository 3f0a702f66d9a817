using ClientLb.Affinity;
using ClientLb.Clusters;

namespace ClientLb.Calls;

/// <summary>Endpoints and tokens for the further attempts of a hedged call. All of it under the call's lock.</summary>
internal sealed class HedgeSupply<TRequest, TResponse>(ClusterCaller<TRequest, TResponse> caller, CallPlan plan, CallTraits traits, CallKey key, long callDeadline)
    where TRequest : class
    where TResponse : class
{
    /// <summary>The attempts in flight, in their order.</summary>
    public List<HedgedAttempt<TRequest>> InFlight { get; } = new(2);

    /// <summary>What is known of the call; <see langword="null"/> as long as it has needed no second attempt.</summary>
    public RetryState? Known { get; private set; }

    /// <summary>What is known of the call.</summary>
    public RetryState State => Known ??= NewState();

    /// <summary>An endpoint for a hedge, and its token.</summary>
    /// <param name="lease">The endpoint.</param>
    /// <param name="why">Why there is none.</param>
    public bool TryHedge(out Lease lease, out string why)
    {
        lease = default;
        if (State.RefuseHedge(InFlight.Count) is { } refusal)
        {
            why = refusal;
            return false;
        }

        why = "no other endpoint may be used";
        try
        {
            if (caller.TryLeaseElsewhere(State, out lease))
            {
                return true;
            }
        }
        catch (Exception e)
        {
            // A hedge that can't be made must not harm the attempt that is in flight; and this is a timer's thread, where it would end the process.
            why = "the policy has thrown: " + e.Message;
        }

        GiveBack(hasToken: true);
        return false;
    }

    /// <summary>An endpoint for the attempt that follows one that has failed, where one may follow.</summary>
    /// <param name="result">How it ended.</param>
    /// <param name="hasToken">Whether its token was not used up: it pays for the next. Afterwards whether the next is paid for.</param>
    /// <param name="lease">The endpoint.</param>
    public bool TryReplace(in AttemptResult result, ref bool hasToken, out Lease lease)
    {
        lease = default;
        var isLeased = false;
        try
        {
            if (State.Decide(result, InFlight.Count))
            {
                // Of two tokens one goes back.
                GiveBack(hasToken && State.TakeToken());
                hasToken |= State.TakeToken();
                isLeased = caller.TryLeaseElsewhere(State, out lease);
            }

            return isLeased;
        }
        finally
        {
            GiveBack(hasToken && !isLeased);
        }
    }

    /// <summary>A token that was not needed goes back.</summary>
    public void GiveBack(bool hasToken)
    {
        if (hasToken)
        {
            caller.Cluster.Budget.Refund();
        }
    }

    private RetryState NewState()
    {
        var state = caller.NewState(plan, traits, key, callDeadline);
        foreach (var attempt in InFlight)
        {
            state.Tried.Add(attempt.Lease.Endpoint);
        }

        return state;
    }
}
