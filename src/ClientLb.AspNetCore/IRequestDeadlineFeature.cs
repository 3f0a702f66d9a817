namespace ClientLb.AspNetCore;

/// <summary>
/// Until when the caller of a request waits: a feature of the request (<c>context.Features.Get&lt;IRequestDeadlineFeature&gt;()</c>), there only
/// where the caller has said so. Calls through ClientLb's clients are bound by it without code (<see cref="Calls.CallDeadline"/>); to others a handler passes <see cref="Remaining"/> on.
/// </summary>
public interface IRequestDeadlineFeature
{
    /// <summary>The moment, by this machine's clock, at which the caller no longer waits.</summary>
    DateTimeOffset Deadline { get; }

    /// <summary>The time that is left; zero when it has passed, never negative.</summary>
    TimeSpan Remaining { get; }
}
