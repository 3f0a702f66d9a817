using ClientLb.Settings;

namespace ClientLb.Health;

/// <summary>What takes an endpoint out of use and what lets it back: the circuit breaker of each endpoint.</summary>
public sealed class OutlierDetectionOptions
{
    /// <summary>False leaves every endpoint in, whatever its attempts say; hard evidence (refused, stalled) still counts. Default true.</summary>
    public bool Enabled { get; set; } = true;

    /// <summary>True ejects nothing by soft evidence: what would have been done is counted and logged. Default false.</summary>
    public bool ObserveOnly { get; set; }

    /// <summary>How much of what each detector finds is carried out.</summary>
    public EnforcementOptions Enforcement { get; } = new();

    /// <summary>Ejects after this many failures in a row. Default 5, as in Envoy and Finagle.</summary>
    public int ConsecutiveFailures { get; set; } = 5;

    /// <summary>Ejects when this share of the attempts in <see cref="Window"/> failed. Default 0.5; 1 turns it nearly off.</summary>
    public double FailureRate { get; set; } = 0.5;

    /// <summary>The failure rate counts from this many attempts in the window. Default 5.</summary>
    public int MinimumAttempts { get; set; } = 5;

    /// <summary>The sliding window of the failure rate and of the rate of slow calls. Default 30 s.</summary>
    public TimeSpan Window { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>
    /// An attempt that takes so long to the answer's headers is slow, failed or not. Default 0: off, because what is slow is for each service to say.
    /// </summary>
    public TimeSpan SlowCallThreshold { get; set; }

    /// <summary>Ejects when more than this share of at least <see cref="MinimumAttempts"/> attempts in <see cref="Window"/> was slow. Default 0.5; 1 never ejects.</summary>
    public double SlowCallRate { get; set; } = 0.5;

    /// <summary>How often endpoints are compared with their peers. Default 10 s, as in Envoy and gRPC A50.</summary>
    public TimeSpan Interval { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>The comparison of success rates, and of shares of 4xx.</summary>
    public SuccessRateOptions SuccessRate { get; } = new();

    /// <summary>The comparison of latencies.</summary>
    public LatencyOutlierOptions Latency { get; } = new();

    /// <summary>The first ejection lasts so long, each further one in a row twice as long, ± 25 %. Default 1 s.</summary>
    public TimeSpan BaseEjectionTime { get; set; } = TimeSpan.FromSeconds(1);

    /// <summary>No ejection is longer, the ± 25 % apart. Default 300 s, as in Envoy and gRPC A50.</summary>
    public TimeSpan MaxEjectionTime { get; set; } = TimeSpan.FromSeconds(300);

    /// <summary>
    /// At most this share of the endpoints may be out by soft evidence (errors, rest) at once; one always may, the last never.
    /// Default 0.5. Envoy's 10 % would eject nothing in a cluster of fewer than ten.
    /// </summary>
    public double MaxEjectedShare { get; set; } = 0.5;

    /// <summary>
    /// Those that remain after an ejection by soft evidence may be expected to carry this much more than they have shown lately. Default 1.25: each
    /// ejection raises what is shown, so more may follow if the rest bears it. 0 turns the guard off.
    /// </summary>
    public double CapacityHeadroom { get; set; } = 1.25;

    /// <summary>With fewer than this share healthy, those that are out by soft evidence are used again (panic). Default 0.5, as in Envoy.</summary>
    public double PanicThreshold { get; set; } = 0.5;

    /// <summary>
    /// An endpoint with at least two attempts in flight that sends no byte for this time, or <see cref="StallLatencyFactor"/> × its 99th
    /// percentile if that is longer, while another one answers, is stalled. Default 1 s. After twice that time idempotent attempts there
    /// are given up and made elsewhere. Where k attempts have begun within the silence, they are compared with the percentile 1 − 10^(−4/k) in place of the 99th: 90 for four, 68 for eight.
    /// </summary>
    public TimeSpan StallTime { get; set; } = TimeSpan.FromSeconds(1);

    /// <summary>See <see cref="StallTime"/>. Default 10.</summary>
    public double StallLatencyFactor { get; set; } = 10;

    /// <summary>An endpoint that refused its connection is probed by TCP connect so often. Default 1 s.</summary>
    public TimeSpan ProbeInterval { get; set; } = TimeSpan.FromSeconds(1);

    /// <summary>A probation that no suitable call came to for this time is settled by a TCP probe. Default 5 s.</summary>
    public TimeSpan ProbationPatience { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>The longest rest that an endpoint may ask for with <c>Retry-After</c>. Default 30 s.</summary>
    public TimeSpan MaxRest { get; set; } = TimeSpan.FromSeconds(30);

    internal static SettingsSchema<OutlierDetectionOptions> Schema { get; } = new SettingsSchema<OutlierDetectionOptions>()
        .Flag(nameof(Enabled), static o => o.Enabled, static (o, v) => o.Enabled = v)
        .Flag(nameof(ObserveOnly), static o => o.ObserveOnly, static (o, v) => o.ObserveOnly = v)
        .Section(nameof(Enforcement), static o => o.Enforcement, EnforcementOptions.Schema)
        .Whole(nameof(ConsecutiveFailures), static o => o.ConsecutiveFailures, static (o, v) => o.ConsecutiveFailures = v, 1, 10_000)
        .Number(nameof(FailureRate), static o => o.FailureRate, static (o, v) => o.FailureRate = v, 0.01, 1)
        .Whole(nameof(MinimumAttempts), static o => o.MinimumAttempts, static (o, v) => o.MinimumAttempts = v, 1, 1_000_000)
        .Duration(nameof(Window), static o => o.Window, static (o, v) => o.Window = v, TimeSpan.FromSeconds(1), TimeSpan.FromHours(1))
        .Duration(nameof(SlowCallThreshold), static o => o.SlowCallThreshold, static (o, v) => o.SlowCallThreshold = v, TimeSpan.Zero, TimeSpan.FromHours(1))
        .Number(nameof(SlowCallRate), static o => o.SlowCallRate, static (o, v) => o.SlowCallRate = v, 0.01, 1)
        .Duration(nameof(Interval), static o => o.Interval, static (o, v) => o.Interval = v, TimeSpan.FromSeconds(1), TimeSpan.FromHours(1))
        .Section(nameof(SuccessRate), static o => o.SuccessRate, SuccessRateOptions.Schema)
        .Section(nameof(Latency), static o => o.Latency, LatencyOutlierOptions.Schema)
        .Duration(nameof(BaseEjectionTime), static o => o.BaseEjectionTime, static (o, v) => o.BaseEjectionTime = v, TimeSpan.FromMilliseconds(100), TimeSpan.FromMinutes(5))
        .Duration(nameof(MaxEjectionTime), static o => o.MaxEjectionTime, static (o, v) => o.MaxEjectionTime = v, TimeSpan.FromMilliseconds(100), TimeSpan.FromHours(1))
        .Number(nameof(MaxEjectedShare), static o => o.MaxEjectedShare, static (o, v) => o.MaxEjectedShare = v, 0, 1)
        .Number(nameof(CapacityHeadroom), static o => o.CapacityHeadroom, static (o, v) => o.CapacityHeadroom = v, 0, 1000)
        .Number(nameof(PanicThreshold), static o => o.PanicThreshold, static (o, v) => o.PanicThreshold = v, 0, 1)
        .Duration(nameof(StallTime), static o => o.StallTime, static (o, v) => o.StallTime = v, TimeSpan.FromMilliseconds(100), TimeSpan.FromMinutes(5))
        .Number(nameof(StallLatencyFactor), static o => o.StallLatencyFactor, static (o, v) => o.StallLatencyFactor = v, 1, 1000)
        .Duration(nameof(ProbeInterval), static o => o.ProbeInterval, static (o, v) => o.ProbeInterval = v, TimeSpan.FromMilliseconds(100), TimeSpan.FromMinutes(5))
        .Duration(nameof(ProbationPatience), static o => o.ProbationPatience, static (o, v) => o.ProbationPatience = v, TimeSpan.FromMilliseconds(100), TimeSpan.FromMinutes(5))
        .Duration(nameof(MaxRest), static o => o.MaxRest, static (o, v) => o.MaxRest = v, TimeSpan.Zero, TimeSpan.FromHours(1))
        .Rule(static (path, o, errors) =>
        {
            if (o.MaxEjectionTime < o.BaseEjectionTime)
            {
                errors.Add($"{path}:{nameof(MaxEjectionTime)}", Durations.Format(o.MaxEjectionTime),
                    $"at least {nameof(BaseEjectionTime)} ({Durations.Format(o.BaseEjectionTime)})");
            }
        });
}
