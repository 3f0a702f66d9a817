using System.Collections.Concurrent;
using ClientLb.Http;

namespace ClientLb.Tests.Http;

/// <summary>What a body was told. It outlives the body.</summary>
internal sealed class BodyNotes
{
    private readonly ConcurrentQueue<BodyEnd> _ends = new();
    private readonly TaskCompletionSource<BodyEnd> _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public int Arrivals { get; set; }

    public IReadOnlyCollection<BodyEnd> Ends => _ends;

    public Task<BodyEnd> Ended => _ended.Task;

    public void Add(BodyEnd end)
    {
        _ends.Enqueue(end);
        _ended.TrySetResult(end);
    }
}
