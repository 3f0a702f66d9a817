using ClientLb.Affinity;
using ClientLb.Calls;
using ClientLb.Clusters;
using ClientLb.Endpoints;

namespace ClientLb.Tests.Calls;

/// <summary>
/// A transport whose answers a test writes: requests and responses are texts. A response of <c>500</c> is a failure, <c>429</c> or <c>429 5</c>
/// (seconds of rest) an overload, anything else a success; a trailing <c>*</c> stands for an open body.
/// </summary>
internal sealed class Script(Func<Endpoint, int, CancellationToken, Task<string>> answer) : ITransport<string, string>
{
    private readonly List<(string Response, Cluster Cluster, Lease Lease)> _open = [];
    private readonly Lock _gate = new();
    private int _finished;
    private readonly System.Collections.Concurrent.ConcurrentDictionary<int, long> _allowed = new();

    public Script(Func<Endpoint, string> answer)
        : this((endpoint, _, _) => Task.FromResult(answer(endpoint)))
    {
    }

    public CallTraits Traits { get; set; } = CallTraits.RepeatableAndReplayable;

    /// <summary>Whether the body can be sent again whatever happened to it.</summary>
    public bool CanAlwaysSendAgain { get; set; } = true;

    public bool Prepares { get; set; }

    public List<int> Sent { get; } = [];

    public List<int> Threads { get; } = [];

    public List<string> Discarded { get; } = [];

    /// <summary>Calls may end on several threads at once.</summary>
    public int Finished => Volatile.Read(ref _finished);

    /// <summary>The request itself is its key.</summary>
    public Endpoint? PickedOf(string request) => null;

    public CallKey KeyOf(string request, HashKeyOptions options) => CallKey.Of(StableHash.Of(request));

    public CallTraits TraitsOf(string request) => Traits;

    public bool NeedsPreparation(string request, CallTraits traits) => Prepares;

    /// <summary>What the preparation waits for.</summary>
    public Func<CancellationToken, Task>? Preparing { get; set; }

    public async ValueTask<CallTraits> PrepareAsync(string request, CallTraits traits, CancellationToken cancellationToken)
    {
        await (Preparing?.Invoke(cancellationToken) ?? Task.CompletedTask).ConfigureAwait(false);
        return traits | CallTraits.Replayable;
    }

    public bool LetsGoOfToken(string request, string response) => true;

    public bool CanSendAgain(string request, in AttemptVerdict verdict) => CanAlwaysSendAgain || verdict.Kind == OutcomeKind.NotSent;

    /// <summary>Within how many ticks the next calls must be over.</summary>
    public long Limit { get; set; } = long.MaxValue;

    /// <summary>What servers were told, in ticks, attempt by attempt.</summary>
    public List<long> Told { get; } = [];

    public long Begin(string request) => Limit;

    public async Task<string> SendAsync(string request, Endpoint endpoint, int attempt, long allowed, bool isAsync, CancellationToken cancellationToken)
    {
        lock (_gate)
        {
            Told.Add(allowed);
            Sent.Add(endpoint.Port);
            Threads.Add(Environment.CurrentManagedThreadId);
        }

        return await answer(endpoint, attempt, cancellationToken).ConfigureAwait(false);
    }

    public bool Hedges { get; set; } = true;

    public List<string> Copies { get; } = [];

    public bool MayHedge(string request) => Hedges;

    public string Copy(string request, int attempt, long allowed)
    {
        _allowed[attempt] = allowed;
        var copy = $"{request} {attempt}";
        lock (_gate)
        {
            Copies.Add(copy);
        }

        return copy;
    }

    public Task<string> SendCopyAsync(string request, string copy, Endpoint endpoint, CancellationToken cancellationToken) =>
        SendCopyAsync(request, int.Parse(copy.AsSpan(request.Length + 1), System.Globalization.CultureInfo.InvariantCulture), endpoint, cancellationToken);

    private Task<string> SendCopyAsync(string request, int attempt, Endpoint endpoint, CancellationToken cancellationToken) =>
        SendAsync(request, endpoint, attempt, _allowed[attempt], isAsync: true, cancellationToken);

    public AttemptVerdict Read(string response)
    {
        var parts = response.TrimEnd('*').Split(' ');
        var rest = parts.Length > 1 && int.TryParse(parts[1], out var seconds) ? TimeSpan.FromSeconds(seconds) : TimeSpan.Zero;
        return parts[0] switch
        {
            "500" => new AttemptVerdict(OutcomeKind.Failure, Evidence.ErrorStatus, default, 500),
            "504" => new AttemptVerdict(OutcomeKind.Failure, Evidence.ErrorStatus, default, 504),
            "429" => new AttemptVerdict(OutcomeKind.Overloaded, Evidence.OverloadStatus, rest, 429),
            _ => new AttemptVerdict(OutcomeKind.Success, Evidence.None, default, 200),
        };
    }

    public AttemptVerdict Read(string request, Exception exception, StopCause cause, bool isRepeatable) => cause switch
    {
        StopCause.Caller => new AttemptVerdict(OutcomeKind.Ignored, Evidence.CallerCancelled),
        StopCause.Overtaken => new AttemptVerdict(OutcomeKind.Ignored, Evidence.Overtaken),
        StopCause.CallTimeout => new AttemptVerdict(OutcomeKind.Ignored, Evidence.CallTimeout),
        StopCause.AttemptTimeout => new AttemptVerdict(OutcomeKind.Failure, Evidence.AttemptTimeout),
        StopCause.Drained => new AttemptVerdict(OutcomeKind.Failure, Evidence.Drained),
        StopCause.Stalled => new AttemptVerdict(OutcomeKind.Failure, Evidence.Stalled),
        _ => exception switch
        {
            TimeoutException => new AttemptVerdict(OutcomeKind.NotSent, Evidence.Unreachable),
            IOException => new AttemptVerdict(OutcomeKind.Failure, Evidence.Reset),
            HttpRequestException => new AttemptVerdict(OutcomeKind.NotSent, Evidence.Refused),
            _ => new AttemptVerdict(OutcomeKind.Ignored, Evidence.CallerError),
        },
    };

    public bool TryReadLoad(string response, LoadReportWish wish, out LoadReport load)
    {
        load = default;
        return true;
    }

    public bool HasOpenBody(string response) => response.EndsWith('*');

    public string TrackBody(string response, Cluster cluster, in Lease lease)
    {
        lock (_gate)
        {
            _open.Add((response, cluster, lease));
        }

        return response;
    }

    public void Discard(string response)
    {
        lock (_gate)
        {
            Discarded.Add(response);
            if (_open.FindIndex(open => ReferenceEquals(open.Response, response)) is >= 0 and var index)
            {
                Close(index);
            }
        }
    }

    /// <summary>The oldest open body ends.</summary>
    public void CloseBody()
    {
        lock (_gate)
        {
            Close(0);
        }
    }

    private void Close(int index)
    {
        var (_, cluster, lease) = _open[index];
        _open.RemoveAt(index);
        cluster.Release(lease);
    }

    /// <summary>Where an answer points to; <see langword="null"/>: nowhere.</summary>
    public Func<string, Task<string>?>? Follows { get; set; }

    /// <summary>The deadline that the last answer was followed with.</summary>
    public long FollowedUntil { get; private set; }

    public Task<string>? Follow(string request, string response, long callDeadline, bool isAsync, CancellationToken cancellationToken)
    {
        FollowedUntil = callDeadline;
        return Follows?.Invoke(response);
    }

    public void Finish(string request, string? response) => Interlocked.Increment(ref _finished);
}
