using ClientLb.Affinity;
using ClientLb.Calls;
using ClientLb.Clusters;
using ClientLb.Endpoints;

namespace ClientLb.Simulation.Outages;

/// <summary>How the library's callers send in virtual time.</summary>
/// <param name="send">Puts an attempt on its way.</param>
internal sealed class VirtualTransport(Func<Call, Endpoint, CancellationToken, Task<Answer>> send) : ITransport<Call, Answer>
{
    public long Begin(Call request) => request.Limit;

    public CallTraits TraitsOf(Call request) => request.Traits;

    public Endpoint? PickedOf(Call request) => null;

    public CallKey KeyOf(Call request, HashKeyOptions options) => default;

    public bool NeedsPreparation(Call request, CallTraits ofCall) => false;

    public ValueTask<CallTraits> PrepareAsync(Call request, CallTraits ofCall, CancellationToken cancellationToken) => new(ofCall);

    public bool CanSendAgain(Call request, in AttemptVerdict verdict) =>
        (request.Traits & CallTraits.Replayable) != 0 || verdict.Kind == OutcomeKind.NotSent;

    public Task<Answer> SendAsync(Call request, Endpoint endpoint, int attempt, long allowed, bool isAsync, CancellationToken cancellationToken) =>
        send(request, endpoint, cancellationToken);

    public bool MayHedge(Call request) => true;

    public Call Copy(Call request, int attempt, long allowed) => request;

    public Task<Answer> SendCopyAsync(Call request, Call copy, Endpoint endpoint, CancellationToken cancellationToken) => send(request, endpoint, cancellationToken);

    public bool LetsGoOfToken(Call request, Answer response) => true;

    public AttemptVerdict Read(Answer response) => response.Verdict;

    /// <summary>As the face for HTTP reads it.</summary>
    public AttemptVerdict Read(Call request, Exception exception, StopCause cause, bool isRepeatable) => cause switch
    {
        StopCause.Caller => new(OutcomeKind.Ignored, Evidence.CallerCancelled),
        StopCause.Overtaken => new(OutcomeKind.Ignored, Evidence.Overtaken),
        StopCause.CallTimeout => new(OutcomeKind.Ignored, Evidence.CallTimeout),
        StopCause.AttemptTimeout => new(OutcomeKind.Failure, Evidence.AttemptTimeout),
        StopCause.Stalled => new(OutcomeKind.Failure, Evidence.Stalled),
        StopCause.None when exception is FaultException fault => fault.Verdict,
        _ => throw new InvalidOperationException($"An attempt ended by {cause}.", exception),
    };

    public bool TryReadLoad(Answer response, LoadReportWish wish, out LoadReport load)
    {
        load = default;
        return true;
    }

    public bool HasOpenBody(Answer response) => false;

    public Answer TrackBody(Answer response, Cluster cluster, in Lease lease) => throw new NotSupportedException("Answers have no body.");

    public void Discard(Answer response)
    {
    }

    public Task<Answer>? Follow(Call request, Answer response, long callDeadline, bool isAsync, CancellationToken cancellationToken) => null;

    public void Finish(Call request, Answer? response)
    {
    }
}
