using ClientLb.Settings;

namespace ClientLb.Calls;

/// <summary>How a client tries again. Only idempotent calls, and those that provably reached nobody.</summary>
public sealed class RetryOptions
{
    private int? _maxAttempts;
    private TimeSpan? _baseDelay;
    private TimeSpan? _maxDelay;

    /// <summary>
    /// How many attempts a call may make, the first one included. Default 3. Attempts that provably reached nobody do not count: those
    /// are made once at each other endpoint.
    /// </summary>
    public int MaxAttempts
    {
        get => _maxAttempts ?? Preset.MaxAttempts;
        set => _maxAttempts = value;
    }

    /// <summary>The wait before a second attempt is random in [0, this), doubled with each further one (full jitter). Default 25 ms, as in Envoy.</summary>
    public TimeSpan BaseDelay
    {
        get => _baseDelay ?? Preset.BaseDelay;
        set => _baseDelay = value;
    }

    /// <summary>No wait is longer, but for one that the peer asked for. Default 250 ms, as in Envoy.</summary>
    public TimeSpan MaxDelay
    {
        get => _maxDelay ?? Preset.MaxDelay;
        set => _maxDelay = value;
    }

    /// <summary>
    /// The methods of calls that may be repeated though they may have been carried out. Default <c>GET, HEAD, OPTIONS, TRACE</c>, which are safe: PUT and DELETE are
    /// idempotent by their definition, but whether a service's own are is not ours to know. With POST or PATCH a warning is logged.
    /// </summary>
    public IList<string> Methods { get; } = ["GET", "HEAD", "OPTIONS", "TRACE"];

    /// <summary>A header with which a caller marks a call as safe to repeat, whatever its method. Default <c>Idempotency-Key</c>.</summary>
    public string IdempotencyHeader { get; set; } = "Idempotency-Key";

    /// <summary>
    /// What an attempt is made again for, where the call may be repeated: <c>NotSent</c> (it reached nobody), <c>Timeout</c> (no answer within its time, or its endpoint fell silent),
    /// <c>Reset</c> (its connection broke), <c>Status</c> (an answer that counts as a failure), <c>Overload</c> (429, or 503 with <c>Retry-After</c>). Default: all of them. It
    /// says nothing of what counts against an endpoint.
    /// </summary>
    public IList<string> On { get; } = ["NotSent", "Timeout", "Reset", "Status", "Overload"];

    /// <summary>
    /// Of the statuses that count as failures (<c>Outcomes:FailureStatuses</c>, 429, 503 with <c>Retry-After</c>) those that are tried again: codes and ranges. Default: empty,
    /// which is all of them. What counts as no failure is never tried again.
    /// </summary>
    public IList<string> Statuses { get; } = [];

    /// <summary>A header with the number of the attempt, from 1, for example <c>X-Attempt</c>. Default empty: not sent.</summary>
    public string AttemptHeader { get; set; } = "";

    /// <summary>What holds where nothing is set.</summary>
    internal PresetNumbers Preset { get; set; } = PresetNumbers.Of(default);

    internal static SettingsSchema<RetryOptions> Schema { get; } = new SettingsSchema<RetryOptions>()
        .Whole(nameof(MaxAttempts), static o => o.MaxAttempts, static (o, v) => o.MaxAttempts = v, 1, 10)
        .Duration(nameof(BaseDelay), static o => o.BaseDelay, static (o, v) => o.BaseDelay = v, TimeSpan.Zero, TimeSpan.FromMinutes(1))
        .Duration(nameof(MaxDelay), static o => o.MaxDelay, static (o, v) => o.MaxDelay = v, TimeSpan.Zero, TimeSpan.FromMinutes(5))
        .List(nameof(Methods), static o => o.Methods, static v => v.Length > 0 && v.All(static c => char.IsAsciiLetterUpper(c) || c == '-'), "names of methods in capitals, for example PUT")
        .List(nameof(On), static o => o.On, static v => RetryRules.TryParse(v, out _), "a list of NotSent, Timeout, Reset, Status, Overload")
        .List(nameof(Statuses), static o => o.Statuses, static v => StatusRange.TryParse(v, out _), "a list of status codes and ranges from 200 to 999, for example 502-504")
        .Text(nameof(IdempotencyHeader), static o => o.IdempotencyHeader ?? "", static (o, v) => o.IdempotencyHeader = v ?? "",
            static v => v.Length > 0 && v.All(static c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_'), "the name of a header: letters, digits, - and _")
        .Text(nameof(AttemptHeader), static o => o.AttemptHeader ?? "", static (o, v) => o.AttemptHeader = v ?? "",
            static v => v.All(static c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_'), "the name of a header (letters, digits, - and _), or nothing")
        .Rule(static (path, o, errors) =>
        {
            if (o.BaseDelay > o.MaxDelay)
            {
                errors.Add($"{path}:{nameof(BaseDelay)}", Durations.Format(o.BaseDelay), $"at most {nameof(MaxDelay)} ({Durations.Format(o.MaxDelay)})");
            }
        });
}
