using ClientLb.Calls;
using ClientLb.Clusters;
using ClientLb.Endpoints;

namespace ClientLb.Http.Grpc;

/// <summary>
/// The body of a gRPC answer: the lease of its endpoint ends with it, and what the attempt says of the endpoint is known by its first message or by its status, whichever comes first.
/// </summary>
/// <remarks>
/// <code>
///   headers --first byte--> Success, as long as the headers took --end: a status that is a failure, or none--> a failure beside it
///      +----the end, without a message----> what the status says
/// </code>
/// A server that answers 200 and then UNAVAILABLE has not answered: were its headers a success, five failures would never be in a row.
/// </remarks>
internal sealed class GrpcContent : TrackedContent
{
    private readonly HttpResponseMessage _response;
    private readonly GrpcRules _rules;
    private readonly GrpcMethod _method;
    private readonly Cluster _cluster;
    private readonly Lease _lease;
    private readonly long _headAt;
    private GrpcFrameCounter _frames;
    private readonly bool _isStatusSettled;
    private bool _isSettled;

    /// <param name="response">The answer.</param>
    /// <param name="isSettled">True where a message or the status was seen already, and reported.</param>
    /// <param name="rules">What statuses say.</param>
    /// <param name="method">What is called.</param>
    /// <param name="cluster">Whose endpoint it is.</param>
    /// <param name="lease">The lease.</param>
    public GrpcContent(HttpResponseMessage response, bool isSettled, GrpcRules rules, GrpcMethod method, Cluster cluster, in Lease lease)
        : base(response.Content, timeout: null, isUpgrade: false)
    {
        _response = response;
        _isSettled = isSettled;
        _isStatusSettled = isSettled && rules.HasStatus(response);
        _rules = rules;
        _method = method;
        _cluster = cluster;
        _lease = lease;
        _headAt = cluster.Clock.Now;
    }

    protected internal override bool IsCutOff => _lease.StartedAt < _lease.Endpoint.Health.CutBefore;

    protected internal override string Describe() => $"endpoint {_lease.Endpoint} of cluster '{_cluster.Name}'";

    protected override void OnBytes(ReadOnlySpan<byte> bytes)
    {
        _frames.Add(bytes);
        if (_frames.Messages > 1)
        {
            // At once: streams are seldom read to their end.
            _method.Learn(_frames.Messages);
        }

        if (_isSettled)
        {
            _lease.Endpoint.Load.NoteByte(_cluster.CoarseNow);
        }
        else
        {
            Settle(new AttemptVerdict(OutcomeKind.Success, Evidence.None), _headAt);
        }
    }

    protected override void OnByte() => _lease.Endpoint.Load.NoteByte(_cluster.CoarseNow);

    protected override void OnEnd(BodyEnd end)
    {
        switch (end)
        {
            case BodyEnd.Complete:
                OnStatus();
                break;
            case BodyEnd.Broken or BodyEnd.Idle:
                OnFailure(Evidence.Reset, 0);
                break;
            default:
                if (!_isSettled)
                {
                    Settle(new AttemptVerdict(OutcomeKind.Ignored, Evidence.CallerCancelled), _cluster.Clock.Now);
                }

                break;
        }

        if (end == BodyEnd.Complete)
        {
            LoadReportHeaders.ReadTrailers(_response, _cluster, _lease);
        }

        _cluster.Release(_lease);
    }

    private void OnStatus()
    {
        if (!_rules.TryReadTrailers(_response, out var verdict))
        {
            if (!_response.Headers.NonValidated.Contains("grpc-status"))
            {
                OnFailure(Evidence.ProtocolError, 0);
            }

            return;
        }

        if (verdict.IsInnocent)
        {
            // Here nothing follows any more.
            verdict = new AttemptVerdict(OutcomeKind.Success, Evidence.None);
        }
        else if (GrpcRules.IsOk(_response))
        {
            _method.Learn(_frames.Messages);
        }

        if (!_isSettled)
        {
            // A good answer took as long as its headers; a bad one as long as its status.
            Settle(verdict, verdict.Kind == OutcomeKind.Success ? _headAt : _cluster.Clock.Now);
        }
        else if (!_isStatusSettled && _frames.Messages > 0 && verdict.Kind != OutcomeKind.Success)
        {
            if (verdict.Kind == OutcomeKind.Overloaded)
            {
                Rest(verdict);
            }
            else
            {
                OnFailure(Evidence.GrpcStatus, verdict.StatusCode);
            }
        }
    }

    /// <summary>The endpoint asks for rest behind what it has said: its first message has been counted already.</summary>
    private void Rest(in AttemptVerdict verdict)
    {
        var now = _cluster.Clock.Now;
        _lease.Endpoint.Load.ObservePenalty(now, now - _lease.StartedAt);
        _cluster.Judge.OnOutcome(_lease.Endpoint, new AttemptReport(verdict.Kind, verdict.Evidence, _lease.StartedAt, now)
        {
            StatusCode = verdict.StatusCode,
            RetryAfter = verdict.RetryAfter.Ticks,
        });
    }

    private void OnFailure(Evidence evidence, int status)
    {
        if (_isSettled)
        {
            _cluster.ReportBrokenBody(_lease, evidence == Evidence.GrpcStatus ? evidence : Evidence.BodyBroken, status);
        }
        else
        {
            Settle(new AttemptVerdict(OutcomeKind.Failure, evidence, default, status), _cluster.Clock.Now);
        }
    }

    private void Settle(in AttemptVerdict verdict, long end)
    {
        _isSettled = true;
        _cluster.Report(_lease, new AttemptReport(verdict.Kind, verdict.Evidence, _lease.StartedAt, end)
        {
            StatusCode = verdict.StatusCode,
            RetryAfter = verdict.RetryAfter.Ticks,
        });
    }
}
