using ClientLb.Endpoints;

namespace ClientLb.Http;

/// <summary>The body of an answer while it is read for the caller: it lends <see cref="BodyReading"/> its time limit and keeps what the end was.</summary>
internal sealed class BufferingContent(HttpContent inner, BodyTimeout? timeout, Endpoint endpoint, MonotonicClock clock)
    : TrackedContent(inner, timeout, isUpgrade: false)
{
    /// <summary>True when the body broke off or fell silent, and nobody here was the cause.</summary>
    public bool IsBroken { get; private set; }

    // Who waits for a stalled endpoint must see that this one still sends.
    protected override void OnByte() => endpoint.Load.NoteByte(clock.Now);

    protected override void OnEnd(BodyEnd end) => IsBroken = end is BodyEnd.Broken or BodyEnd.Idle;

    protected internal override string Describe() => $"endpoint {endpoint}";
}
