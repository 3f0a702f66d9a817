using System.Net;
using ClientLb.Affinity;
using ClientLb.Calls;
using ClientLb.Clusters;
using ClientLb.Endpoints;
using ClientLb.Http.Grpc;

namespace ClientLb.Http;

/// <summary>What both HTTP transports share: which calls may be repeated, how outcomes are read, how bodies hold their lease.</summary>
internal abstract class HttpTransport(LoadBalancedClient client) : ITransport<HttpRequestMessage, HttpResponseMessage>
{
    private static readonly HttpRequestOptionsKey<RequestReplay> ReplayKey = new("ClientLb.Replay");

    protected LoadBalancedClient Client { get; } = client;

    /// <summary>What holds for every gRPC call.</summary>
    protected virtual CallTraits GrpcTraits => CallTraits.OwnDeadline;

    /// <summary>True when a request that is sent once is never sent again behind our back.</summary>
    protected abstract bool SendsOnce { get; }

    /// <summary>True when an attempt passes handlers of the user's, whose own time limits look like a connect that took too long.</summary>
    protected virtual bool HasUserHandlers => false;

    public long Begin(HttpRequestMessage request)
    {
        Client.RequestIds?.Ensure(request);
        return Client.Limits.Of(request);
    }

    public CallTraits TraitsOf(HttpRequestMessage request)
    {
        if (GrpcRequests.IsGrpc(request))
        {
            return GrpcTraitsOf(request);
        }

        var replayable = request.Content is null || RequestReplay.IsInMemory(request.Content) ? CallTraits.Replayable : CallTraits.None;
        return IsRepeatable(request) ? replayable | CallTraits.Repeatable : replayable;
    }

    public virtual Endpoint? PickedOf(HttpRequestMessage request) => null;

    public CallKey KeyOf(HttpRequestMessage request, HashKeyOptions options) => RequestKeys.Of(request, options);

    // A call that may not be repeated needs no copy of its body: it is sent again only where nothing of it was sent.
    public bool NeedsPreparation(HttpRequestMessage request, CallTraits traits) =>
        (traits & CallTraits.RepeatableAndReplayable) == CallTraits.Repeatable || (traits & CallTraits.Unprepared) != 0;

    public async ValueTask<CallTraits> PrepareAsync(HttpRequestMessage request, CallTraits traits, CancellationToken cancellationToken)
    {
        var replay = await RequestReplay.PrepareAsync(request, ReplayQuota.Process, cancellationToken).ConfigureAwait(false);
        request.Options.Set(ReplayKey, replay);
        traits &= ~CallTraits.Unprepared;
        return replay.CanSendInParallel ? traits | CallTraits.Replayable : traits;
    }

    public bool CanSendAgain(HttpRequestMessage request, in AttemptVerdict verdict) => ReplayOf(request).CanSendAfter(verdict);

    public Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, Endpoint endpoint, int attempt, long allowed, bool isAsync, CancellationToken cancellationToken)
    {
        var sending = SendHeadAsync(request, endpoint, attempt, allowed, isAsync, cancellationToken);
        if (GrpcRequests.IsGrpc(request))
        {
            return isAsync ? LookAhead(request, endpoint, sending, cancellationToken) : sending;
        }

        return Client.ResponseBuffer is { } buffer && IsRepeatable(request) ? buffer.CompleteAsync(sending, request, endpoint, isAsync, cancellationToken) : sending;
    }

    public virtual bool MayHedge(HttpRequestMessage request)
    {
        // Who asks for a stream or for a conversation gets one, not the first of two. The length is computed at the first look and kept: all attempts
        // share content that is in memory, and must only read.
        _ = request.Content?.Headers.ContentLength;
        return request.Method != HttpMethod.Connect && !request.Headers.NonValidated.Contains("Upgrade")
            && !(request.Headers.NonValidated.TryGetValues("Accept", out var accepted) && accepted.ToString().Contains("text/event-stream", StringComparison.OrdinalIgnoreCase));
    }

    public HttpRequestMessage Copy(HttpRequestMessage request, int attempt, long allowed)
    {
        var copy = ReplayOf(request).Clone(request, attempt);
        RemoveTrace(request, copy);
        Client.Marks.Write(copy, attempt, allowed);
        return copy;
    }

    public Task<HttpResponseMessage> SendCopyAsync(HttpRequestMessage request, HttpRequestMessage copy, Endpoint endpoint, CancellationToken cancellationToken)
    {
        var sending = SendFurtherAsync(request, copy, endpoint, isAsync: true, cancellationToken);
        return GrpcRequests.IsGrpc(copy) ? LookAhead(request, endpoint, sending, cancellationToken)
            : Client.ResponseBuffer is { } buffer ? buffer.CompleteAsync(sending, copy, endpoint, isAsync: true, cancellationToken)
            : sending;
    }

    public abstract bool LetsGoOfToken(HttpRequestMessage request, HttpResponseMessage response);

    public AttemptVerdict Read(HttpResponseMessage response) =>
        response.StatusCode == HttpStatusCode.OK && ResponseBodies.IsGrpc(response) && Client.Outcomes.Ask(response) is null
            ? Client.Grpc.Of(response)
            : HttpOutcomes.OfResponse(response, Client.Outcomes, Client.TimeProvider);

    public AttemptVerdict Read(HttpRequestMessage request, Exception exception, StopCause cause, bool isRepeatable)
    {
        if (cause is StopCause.AttemptTimeout or StopCause.Stalled && GrpcRequests.IsGrpc(request))
        {
            Client.Grpc.Methods.Of(request.RequestUri!).NoteCut(exception is GrpcSilentException, Client.Clock.Now);
        }

        return HttpOutcomes.OfException(exception, cause, SendsOnce || isRepeatable, HasUserHandlers);
    }

    public bool TryReadLoad(HttpResponseMessage response, LoadReportWish wish, out LoadReport load)
    {
        var isGood = LoadReportHeaders.TryRead(response.Headers, wish, out load);

        // Otherwise the trailers are read when the body ends.
        return !load.IsEmpty || response.Content is not BufferedContent || response.TrailingHeaders.NonValidated.Count == 0
            ? isGood
            : LoadReportHeaders.TryRead(response.TrailingHeaders, wish, out load) && isGood;
    }

    public bool HasOpenBody(HttpResponseMessage response) =>
        response.Content is BufferedContent ? false
        : response.RequestMessage is { } request ? ResponseBodies.IsExpected(request, response) : response.Content.Headers.ContentLength != 0;

    public HttpResponseMessage TrackBody(HttpResponseMessage response, Cluster cluster, in Lease lease)
    {
        if (ResponseBodies.IsGrpc(response) && response.RequestMessage is { } call && GrpcRequests.IsGrpc(call))
        {
            var isSettled = response.Content is GrpcAheadContent { HasBegun: true } || Client.Grpc.HasStatus(response);
            response.Content = new GrpcContent(response, isSettled, Client.Grpc, Client.Grpc.Methods.Of(call.RequestUri!), cluster, lease);
            return response;
        }

        var isUpgrade = response.RequestMessage is { } request && ResponseBodies.IsUpgrade(request, response);
        var reporting = cluster.Snapshot.LoadReports is null ? null : response;
        var timeout = ResponseBodies.IsGrpc(response) ? null : Client.BodyTimeout;
        response.Content = new LeasedContent(response.Content, timeout, isUpgrade, cluster, lease, reporting);
        return response;
    }

    public void Discard(HttpResponseMessage response) => response.Dispose();

    public virtual void Finish(HttpRequestMessage request, HttpResponseMessage? response)
    {
        if (request.Content is not null && !RequestReplay.IsInMemory(request.Content) && request.Options.TryGetValue(ReplayKey, out var replay))
        {
            RequestReplay.Restore(request);
            replay.Dispose();
        }
    }

    public virtual Task<HttpResponseMessage>? Follow(HttpRequestMessage request, HttpResponseMessage response, long callDeadline, bool isAsync, CancellationToken cancellationToken) => null;

    public Task<HttpResponseMessage> Refusable(HttpRequestMessage request, Task<HttpResponseMessage> call) =>
        GrpcRequests.IsGrpc(request) ? GrpcRefusal.AnswerAsync(call, request) : call;

    protected abstract Task<HttpResponseMessage> SendOneAsync(HttpRequestMessage request, Endpoint endpoint, bool isAsync, CancellationToken cancellationToken);

    /// <summary>Takes out of a copy what an earlier attempt has put into the request so that the trace goes on from it: each attempt is a span of its own.</summary>
    protected virtual void RemoveTrace(HttpRequestMessage request, HttpRequestMessage copy) => TraceHeaders.RemoveInjected(request, copy);

    /// <summary>Whether the call may be made again though it may have been carried out.</summary>
    protected bool IsRepeatable(HttpRequestMessage request)
    {
        if (RequestParts.HasOptions(request) && request.Options.TryGetValue(LoadBalancingRequestOptions.IsIdempotent, out var isIdempotent))
        {
            return isIdempotent;
        }

        // GET and POST are nearly all there is; a request without headers has no key.
        var method = request.Method;
        var plan = Client.Plan;
        return (ReferenceEquals(method, HttpMethod.Get) ? plan.RepeatsGet : ReferenceEquals(method, HttpMethod.Post) ? plan.RepeatsPost : plan.Repeatable.Contains(method.Method))
            || (RequestParts.HasHeaders(request) && request.Headers.NonValidated.Contains(plan.IdempotencyHeader));
    }

    private static RequestReplay ReplayOf(HttpRequestMessage request) =>
        request.Content is null || RequestReplay.IsInMemory(request.Content) ? RequestReplay.AsItIs
        : request.Options.TryGetValue(ReplayKey, out var replay) ? replay
        : RequestReplay.Once;

    private Task<HttpResponseMessage> SendHeadAsync(HttpRequestMessage request, Endpoint endpoint, int attempt, long allowed, bool isAsync, CancellationToken cancellationToken) =>
        attempt != 1 ? SendFurtherAsync(request, Copy(request, attempt, allowed), endpoint, isAsync, cancellationToken)
        : Client.Marks.Any(allowed) ? SendMarkedAsync(request, endpoint, allowed, isAsync, cancellationToken)
        : SendOneAsync(request, endpoint, isAsync, cancellationToken);

    // The first attempt sends the caller's own message: it is as it was when the attempt has ended, and before it is copied.
    private async Task<HttpResponseMessage> SendMarkedAsync(HttpRequestMessage request, Endpoint endpoint, long allowed, bool isAsync, CancellationToken cancellationToken)
    {
        var before = Client.Marks.Write(request, 1, allowed);
        try
        {
            return await SendOneAsync(request, endpoint, isAsync, cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            before.Restore(request);
        }
    }

    // An abandoned attempt may still be reading the first message: every further one has its own.
    private async Task<HttpResponseMessage> SendFurtherAsync(
        HttpRequestMessage original, HttpRequestMessage copy, Endpoint endpoint, bool isAsync, CancellationToken cancellationToken)
    {
        var response = await SendOneAsync(copy, endpoint, isAsync, cancellationToken).ConfigureAwait(false);
        response.RequestMessage = original;
        return response;
    }

    private CallTraits GrpcTraitsOf(HttpRequestMessage request)
    {
        var content = request.Content!;
        var method = Client.Grpc.Methods.Of(request.RequestUri!);
        var isInMemory = RequestReplay.IsInMemory(content);
        var traits = GrpcTraits | (isInMemory ? CallTraits.Replayable : CallTraits.Unprepared);
        if (!IsUnary(method, content))
        {
            traits |= CallTraits.Stream;
        }

        return IsRepeatable(method, request) ? traits | CallTraits.Repeatable : traits;
    }

    /// <summary>A call that may be repeated is decided by its first bytes; any other by its end, when its caller has it.</summary>
    private Task<HttpResponseMessage> LookAhead(HttpRequestMessage request, Endpoint endpoint, Task<HttpResponseMessage> sending, CancellationToken cancellationToken)
    {
        var method = Client.Grpc.Methods.Of(request.RequestUri!);
        return IsRepeatable(method, request)
            ? GrpcAhead.CompleteAsync(sending, method, IsUnary(method, request.Content!), endpoint, Client.Clock, cancellationToken)
            : sending;
    }

    /// <summary>Who sends more than one message may wait for an answer to the first, whatever the answers were like before.</summary>
    private static bool IsUnary(GrpcMethod method, HttpContent content) => method.IsUnary && (RequestReplay.IsInMemory(content) || GrpcRequests.IsOneMessage(content));

    private bool IsRepeatable(GrpcMethod method, HttpRequestMessage request) =>
        RequestParts.HasOptions(request) && request.Options.TryGetValue(LoadBalancingRequestOptions.IsIdempotent, out var isIdempotent)
            ? isIdempotent
            : method.IsIdempotent || request.Headers.NonValidated.Contains(Client.Plan.IdempotencyHeader);
}
