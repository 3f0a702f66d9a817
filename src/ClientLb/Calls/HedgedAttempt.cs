using ClientLb.Clusters;

namespace ClientLb.Calls;

/// <summary>One attempt of a hedged call, from its lease to its end.</summary>
internal sealed class HedgedAttempt<TRequest>(Lease lease, AttemptClock clock, int number)
    where TRequest : class
{
    private AttemptClock? _clock = clock;

    public Lease Lease => lease;

    /// <summary>From 1.</summary>
    public int Number => number;

    /// <summary>Stops it.</summary>
    public CancellationToken Token { get; } = clock.Token;

    /// <summary>Its own request; <see langword="null"/> where none could be made, for <see cref="Error"/>.</summary>
    public TRequest? Request { get; set; }

    public Exception? Error { get; set; }

    /// <summary>True when it was made because of the time that others took, and not because one had failed.</summary>
    public bool IsHedge { get; init; }

    /// <summary>True while a token of the budget has been paid for it.</summary>
    public bool HasToken { get; set; }

    /// <summary>When another attempt answered, in ticks.</summary>
    public long OvertakenAt { get; private set; }

    /// <summary>Under the call's lock: another attempt has answered.</summary>
    public void Overtake(long now)
    {
        OvertakenAt = now;
        _clock?.Overtake();
    }

    /// <summary>Under the call's lock: it has ended, and its clock must not be touched by anyone but who finishes it.</summary>
    public AttemptClock Leave()
    {
        var clock = _clock!;
        _clock = null;
        return clock;
    }
}
