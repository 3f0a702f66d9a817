namespace ClientLb.Calls;

/// <summary>Why a call has no answer, from a closed set.</summary>
public enum CallFailureReason
{
    /// <summary>The cluster has no endpoint that may be used.</summary>
    NoEndpoints,

    /// <summary>The source has not given a first list in time.</summary>
    NotResolved,

    /// <summary>The attempt failed, and it must not be repeated: the call is not idempotent and may have reached the endpoint.</summary>
    NotRepeatable,

    /// <summary>Attempts failed, and the cluster's retry budget is spent.</summary>
    BudgetSpent,

    /// <summary>The time of the call was up.</summary>
    DeadlineExceeded,

    /// <summary>Every attempt that the client may make has failed.</summary>
    AttemptsFailed,

    /// <summary>
    /// Every endpoint that may be used is at its limit, or the cluster is, and the call may not wait or the queue is full. With attempts that failed before: all
    /// others were at their limit.
    /// </summary>
    AllAtLimit,

    /// <summary>The call has waited in the cluster's queue, and no place became free in time.</summary>
    QueueTimeout,

    /// <summary>The cluster's breaker is open (<see cref="Admission.BreakerOptions"/>): no attempt was made.</summary>
    BreakerOpen,
}
