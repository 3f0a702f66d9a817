namespace ClientLb.AspNetCore.Concurrency;

/// <summary>A request that waits for a place. Who takes it out of the queue, under the gate's lock, says how its wait ends.</summary>
internal sealed class QueuedRequest : TaskCompletionSource<GateEntry>
{
    // Continuations run the pipeline: not on the thread of the request that has just ended.
    public QueuedRequest() : base(TaskCreationOptions.RunContinuationsAsynchronously) => Node = new(this);

    public LinkedListNode<QueuedRequest> Node { get; }
}
