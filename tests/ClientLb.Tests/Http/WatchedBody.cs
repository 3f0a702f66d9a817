using ClientLb.Http;

namespace ClientLb.Tests.Http;

/// <summary>A tracked body that writes down what it is told.</summary>
internal sealed class WatchedBody(HttpContent inner, BodyTimeout? timeout = null, bool isUpgrade = false)
    : TrackedContent(inner, timeout, isUpgrade)
{
    private readonly BodyNotes _notes = new();

    public BodyNotes Notes => _notes;

    protected override void OnByte() => _notes.Arrivals++;

    protected override void OnEnd(BodyEnd end) => _notes.Add(end);

    protected internal override string Describe() => "endpoint 10.0.0.1:80 of cluster 'orders'";
}
