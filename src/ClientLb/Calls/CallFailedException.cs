using System.Diagnostics.CodeAnalysis;

namespace ClientLb.Calls;

/// <summary>
/// A load-balanced call ended without an answer. The message names the cluster, each endpoint that was tried, why it failed, and what to
/// look at. A call that got an answer returns it, whatever its status.
/// </summary>
[SuppressMessage("Design", "CA1032", Justification = "It always has a reason and a cluster.")]
public sealed class CallFailedException : HttpRequestException
{
    internal CallFailedException(
        CallFailureReason reason, string cluster, IReadOnlyList<FailedAttempt> attempts, string message, Exception? inner, HttpRequestError error)
        : base(error, message, inner)
    {
        Reason = reason;
        Cluster = cluster;
        Attempts = attempts;
    }

    /// <summary>Why, from a closed set.</summary>
    public CallFailureReason Reason { get; }

    /// <summary>The cluster.</summary>
    public string Cluster { get; }

    /// <summary>What was tried, in order.</summary>
    public IReadOnlyList<FailedAttempt> Attempts { get; }
}
