using ClientLb.Affinity;

namespace ClientLb.Clusters;

/// <summary>A call in the line of a cluster.</summary>
internal sealed class WaitingCall
{
    // Whoever serves the line holds its lock and is in a hurry.
    private readonly TaskCompletionSource<Lease> _lease = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public WaitingCall(CallKey key, bool mayProbe)
    {
        Key = key;
        MayProbe = mayProbe;
        Place = new LinkedListNode<WaitingCall>(this);
    }

    public CallKey Key { get; }

    public bool MayProbe { get; }

    public LinkedListNode<WaitingCall> Place { get; }

    /// <summary>The lease, once it is had.</summary>
    public Task<Lease> Lease => _lease.Task;

    public void SetLease(in Lease lease) => _lease.SetResult(lease);

    /// <summary>A policy of the user's has thrown when it was this call's turn.</summary>
    public void SetException(Exception exception) => _lease.SetException(exception);
}
