using ClientLb.Affinity;
using ClientLb.Clusters;
using ClientLb.Endpoints;

namespace ClientLb.Calls;

/// <summary>How a face sends one attempt and reads its outcome. All that a call needs to know of a protocol.</summary>
/// <typeparam name="TRequest">What is sent.</typeparam>
/// <typeparam name="TResponse">What is answered.</typeparam>
internal interface ITransport<TRequest, TResponse>
    where TRequest : class
    where TResponse : class
{
    /// <summary>A call begins: readies what all its attempts share.</summary>
    /// <returns>
    /// Within how many ticks it must be over, where its caller has said so, or whoever waits for its caller; <see cref="long.MaxValue"/> where nobody has.
    /// </returns>
    long Begin(TRequest request);

    /// <summary>What may be done with a call, before its first attempt.</summary>
    CallTraits TraitsOf(TRequest request);

    /// <summary>The endpoint that was picked for the first attempt. Asked only where <see cref="CallTraits.Picked"/> says that there is one.</summary>
    Endpoint? PickedOf(TRequest request);

    /// <summary>Reads the key of a call. Asked only where the cluster's settings say that calls have one.</summary>
    CallKey KeyOf(TRequest request, HashKeyOptions options);

    /// <summary>True when <see cref="PrepareAsync"/> has something to do, for example a body to buffer.</summary>
    bool NeedsPreparation(TRequest request, CallTraits traits);

    /// <summary>Makes further attempts possible.</summary>
    /// <returns>The traits as they are then.</returns>
    ValueTask<CallTraits> PrepareAsync(TRequest request, CallTraits traits, CancellationToken cancellationToken);

    /// <summary>Whether what the call sends can be sent again after an attempt that ended so.</summary>
    bool CanSendAgain(TRequest request, in AttemptVerdict verdict);

    /// <summary>Sends one attempt.</summary>
    /// <param name="request">The call's request; it is not changed for the caller.</param>
    /// <param name="endpoint">Where to.</param>
    /// <param name="attempt">The number of the attempt, from 1.</param>
    /// <param name="allowed">The ticks that the attempt may take, where its server is to be told; 0 where not.</param>
    /// <param name="isAsync">False when it must complete on this thread.</param>
    /// <param name="cancellationToken">Stops the attempt.</param>
    Task<TResponse> SendAsync(TRequest request, Endpoint endpoint, int attempt, long allowed, bool isAsync, CancellationToken cancellationToken);

    /// <summary>Whether a call that may be repeated may be in flight more than once at a time, and readies it for that. Asked only where calls are hedged.</summary>
    bool MayHedge(TRequest request);

    /// <summary>A request of its own for one of several attempts that are in flight at once.</summary>
    /// <param name="request">The call's request.</param>
    /// <param name="attempt">The number of the attempt, from 1.</param>
    /// <param name="allowed">The ticks that the attempt may take, where its server is to be told; 0 where not.</param>
    TRequest Copy(TRequest request, int attempt, long allowed);

    /// <summary>Sends one of several attempts that are in flight at once.</summary>
    /// <param name="request">The call's request, which may be the caller's again before this ends.</param>
    /// <param name="copy">The attempt's own.</param>
    /// <param name="endpoint">Where to.</param>
    /// <param name="cancellationToken">Stops the attempt.</param>
    Task<TResponse> SendCopyAsync(TRequest request, TRequest copy, Endpoint endpoint, CancellationToken cancellationToken);

    /// <summary>True when nothing holds the attempt's token any more, now that the answer is there: its source may be used again.</summary>
    bool LetsGoOfToken(TRequest request, TResponse response);

    /// <summary>Reads an answer.</summary>
    AttemptVerdict Read(TResponse response);

    /// <summary>Reads a failure.</summary>
    /// <param name="request">The call's request.</param>
    /// <param name="exception">What was thrown.</param>
    /// <param name="cause">Why the attempt was stopped, if it was.</param>
    /// <param name="isRepeatable">Whether the call may be repeated: what is no proof for others may do for it.</param>
    AttemptVerdict Read(TRequest request, Exception exception, StopCause cause, bool isRepeatable);

    /// <summary>Reads what an answer says of the endpoint's load. Called only where it is wanted.</summary>
    /// <returns>False when something was said that can't be read.</returns>
    bool TryReadLoad(TResponse response, LoadReportWish wish, out LoadReport load);

    /// <summary>True when the answer has a body that is still open: it must end the lease then.</summary>
    bool HasOpenBody(TResponse response);

    /// <summary>Ties the lease to the answer's body.</summary>
    TResponse TrackBody(TResponse response, Cluster cluster, in Lease lease);

    /// <summary>Drops an answer that another attempt replaces.</summary>
    void Discard(TResponse response);

    /// <summary>Follows an answer that points elsewhere.</summary>
    /// <param name="request">The call's request.</param>
    /// <param name="response">The answer.</param>
    /// <param name="callDeadline">When the time of the call is up, in ticks: where it points is a part of the call.</param>
    /// <param name="isAsync">False when it must complete on this thread.</param>
    /// <param name="cancellationToken">The caller's token.</param>
    /// <returns>The answer that takes its place; <see langword="null"/> where the answer stands, which is nearly always.</returns>
    Task<TResponse>? Follow(TRequest request, TResponse response, long callDeadline, bool isAsync, CancellationToken cancellationToken);

    /// <summary>The call is over: whatever was kept for further attempts may go.</summary>
    void Finish(TRequest request, TResponse? response);

    /// <summary>
    /// A call that may end without an answer: where the protocol has answers that say so, the exception becomes one. Not asked for a call whose first attempt is answered well.
    /// </summary>
    /// <param name="request">The call's request.</param>
    /// <param name="call">The call, from the moment when it is more than one attempt.</param>
    Task<TResponse> Refusable(TRequest request, Task<TResponse> call) => call;
}
