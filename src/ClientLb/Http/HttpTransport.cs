using ClientLb.Affinity;
using ClientLb.Calls;
using ClientLb.Clusters;
using ClientLb.Endpoints;

namespace ClientLb.Http;

/// <summary>What both HTTP transports share: which calls may be repeated, how outcomes are read, how bodies hold their lease.</summary>
internal abstract class HttpTransport(LoadBalancedClient client) : ITransport<HttpRequestMessage, HttpResponseMessage>
{
    private static readonly HttpRequestOptionsKey<RequestReplay> ReplayKey = new("ClientLb.Replay");

    protected LoadBalancedClient Client { get; } = client;

    /// <summary>True when a request that is sent once is never sent again behind our back.</summary>
    protected abstract bool SendsOnce { get; }

    public long Begin(HttpRequestMessage request)
    {
        Client.RequestIds?.Ensure(request);
        return Client.Limits.Of(request);
    }

    public CallTraits TraitsOf(HttpRequestMessage request)
    {
        var replayable = request.Content is null || RequestReplay.IsInMemory(request.Content) ? CallTraits.Replayable : CallTraits.None;
        return IsRepeatable(request) ? replayable | CallTraits.Repeatable : replayable;
    }

    public CallKey KeyOf(HttpRequestMessage request, HashKeyOptions options) => RequestKeys.Of(request, options);

    // A call that may not be repeated needs no copy of its body: it is sent again only where nothing of it was sent.
    public bool NeedsPreparation(HttpRequestMessage request, CallTraits traits) => (traits & CallTraits.RepeatableAndReplayable) == CallTraits.Repeatable;

    public async ValueTask<CallTraits> PrepareAsync(HttpRequestMessage request, CallTraits traits, CancellationToken cancellationToken)
    {
        var replay = await RequestReplay.PrepareAsync(request, ReplayQuota.Process, cancellationToken).ConfigureAwait(false);
        request.Options.Set(ReplayKey, replay);
        return replay.CanSendInParallel ? traits | CallTraits.Replayable : traits;
    }

    public bool CanSendAgain(HttpRequestMessage request, in AttemptVerdict verdict) => ReplayOf(request).CanSendAfter(verdict);

    public Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, Endpoint endpoint, int attempt, long allowed, bool isAsync, CancellationToken cancellationToken)
    {
        var sending = SendHeadAsync(request, endpoint, attempt, allowed, isAsync, cancellationToken);
        return Client.ResponseBuffer is { } buffer && IsRepeatable(request) ? buffer.CompleteAsync(sending, request, endpoint, isAsync, cancellationToken) : sending;
    }

    public bool MayHedge(HttpRequestMessage request)
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
        Client.Marks.Write(copy, attempt, allowed);
        return copy;
    }

    public Task<HttpResponseMessage> SendCopyAsync(HttpRequestMessage request, HttpRequestMessage copy, Endpoint endpoint, CancellationToken cancellationToken) =>
        SendFurtherAsync(request, copy, endpoint, isAsync: true, cancellationToken);

    public abstract bool LetsGoOfToken(HttpRequestMessage request, HttpResponseMessage response);

    public AttemptVerdict Read(HttpResponseMessage response) => HttpOutcomes.OfResponse(response, Client.Outcomes, Client.TimeProvider);

    public AttemptVerdict Read(HttpRequestMessage request, Exception exception, StopCause cause, bool isRepeatable) =>
        HttpOutcomes.OfException(exception, cause, SendsOnce || isRepeatable);

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
        var isUpgrade = response.RequestMessage is { } request && ResponseBodies.IsUpgrade(request, response);
        var reporting = cluster.Snapshot.LoadReports is null ? null : response;
        response.Content = new LeasedContent(response.Content, Client.BodyTimeout, isUpgrade, cluster, lease, reporting);
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

    public virtual Task<HttpResponseMessage>? Follow(HttpRequestMessage request, HttpResponseMessage response, bool isAsync, CancellationToken cancellationToken) => null;

    protected abstract Task<HttpResponseMessage> SendOneAsync(HttpRequestMessage request, Endpoint endpoint, bool isAsync, CancellationToken cancellationToken);

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

    private bool IsRepeatable(HttpRequestMessage request)
    {
        var method = request.Method;
        var plan = Client.Plan;
        return (ReferenceEquals(method, HttpMethod.Get) && plan.RepeatsGet)
            || plan.Repeatable.Contains(method.Method) || request.Headers.NonValidated.Contains(plan.IdempotencyHeader);
    }
}
