using ClientLb.Calls;
using ClientLb.Endpoints;

namespace ClientLb.Simulation.Outages;

/// <summary>
/// What a client hears of an attempt that was not stopped. Refused and broken connections are such an answer too: the library takes a verdict from either, and an
/// exception for each would make a simulation of millions slow.
/// </summary>
internal sealed class Answer(AttemptVerdict verdict)
{
    public AttemptVerdict Verdict => verdict;

    public bool IsGood => verdict.Kind == OutcomeKind.Success;

    public static Answer Good { get; } = new(new(OutcomeKind.Success, Evidence.None, default, 200));

    public static Answer Error { get; } = new(new(OutcomeKind.Failure, Evidence.ErrorStatus, default, 500));

    /// <summary>Nobody listens.</summary>
    public static Answer Refused { get; } = new(new(OutcomeKind.NotSent, Evidence.Refused));

    /// <summary>The connection breaks.</summary>
    public static Answer Reset { get; } = new(new(OutcomeKind.Failure, Evidence.Reset));

    /// <summary>The server has no place, and asks for a pause.</summary>
    public static Answer NotNow(int seconds) => new(new(OutcomeKind.Overloaded, Evidence.OverloadStatus, TimeSpan.FromSeconds(seconds), 503));
}
