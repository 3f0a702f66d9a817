namespace ClientLb.Http;

/// <summary>What an application may say of a single request, by <see cref="HttpRequestMessage.Options"/>.</summary>
public static class LoadBalancingRequestOptions
{
    /// <summary>
    /// The key of the call, for a cluster whose <c>HashKey:From</c> is <c>RequestOption</c>: calls with equal texts go to the same endpoint. With
    /// <c>ClientAddress</c> it is an IP address. It is not sent.
    /// </summary>
    public static readonly HttpRequestOptionsKey<string> HashKey = new("ClientLb.HashKey");

    /// <summary>
    /// For how long the call is waited for, all attempts included: it lowers <see cref="Calls.TimeoutOptions.Call"/> and never raises it, and servers are told what is left of it
    /// (<see cref="DeadlineOptions"/>). <see cref="Timeout.InfiniteTimeSpan"/>: the call is not bound by the deadline of the work that it is a part of
    /// (<see cref="Calls.CallDeadline"/>).
    /// </summary>
    public static readonly HttpRequestOptionsKey<TimeSpan> Deadline = new("ClientLb.Deadline");

    /// <summary>
    /// Whether the call may be made again though it may have been carried out, whatever its method, its headers and <see cref="Calls.RetryOptions.Methods"/> say:
    /// <see langword="true"/> allows it, <see langword="false"/> forbids it, for a GET too. It is not sent. Default: not set.
    /// </summary>
    public static readonly HttpRequestOptionsKey<bool> IsIdempotent = new("ClientLb.IsIdempotent");
}
