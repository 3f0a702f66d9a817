namespace ClientLb.Http;

/// <summary>Which calls tell their server until when it is waited for.</summary>
public enum DeadlineSending
{
    /// <summary>
    /// Those that somebody has given a deadline: the caller in the header or in <see cref="LoadBalancingRequestOptions.Deadline"/>, or whoever waits for the work that the
    /// call is a part of (<see cref="Calls.CallDeadline"/>).
    /// </summary>
    WhenSet,

    /// <summary>All: without a deadline of its own a call tells its attempts' limit.</summary>
    Always,
}
