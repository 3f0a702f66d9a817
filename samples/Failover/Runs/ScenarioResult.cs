using System.Text.Json.Serialization;

namespace ClientLb.Samples.Failover.Runs;

/// <summary>What one scenario came to.</summary>
internal sealed record ScenarioResult
{
    [JsonPropertyName("scenario")]
    public required string Scenario { get; init; }

    [JsonPropertyName("registry")]
    public required string Registry { get; init; }

    [JsonPropertyName("calls")]
    public required int Calls { get; init; }

    /// <summary>Calls without a good answer.</summary>
    [JsonPropertyName("failed")]
    public required int Failed { get; init; }

    [JsonPropertyName("attempts")]
    public required int Attempts { get; init; }

    [JsonPropertyName("retries")]
    public required long Retries { get; init; }

    [JsonPropertyName("p50_ms")]
    public required double P50 { get; init; }

    /// <summary>From 2 s after the beginning of the fault to the end of the run.</summary>
    [JsonPropertyName("p99_ms")]
    public required double P99 { get; init; }

    [JsonPropertyName("max_ms")]
    public required double Max { get; init; }

    /// <summary>From the end of the warm-up to the fault.</summary>
    [JsonPropertyName("p99_before_ms")]
    public required double P99Before { get; init; }

    /// <summary>As <see cref="P99"/>, without calls made while the machine itself stood still: see <see cref="Load.Disturbance"/>.</summary>
    [JsonPropertyName("p99_quiet_ms")]
    public required double QuietP99 { get; init; }

    /// <summary>As <see cref="P99Before"/>, likewise.</summary>
    [JsonPropertyName("p99_quiet_before_ms")]
    public required double QuietP99Before { get; init; }

    /// <summary>How late calls were made, in the time of <see cref="P99"/>: what the machine, not the balancer, did to the numbers.</summary>
    [JsonPropertyName("lateness_p99_ms")]
    public required double LatenessP99 { get; init; }

    /// <summary>The share of the calls that the two quiet 99th percentiles leave out.</summary>
    [JsonPropertyName("disturbed")]
    public required double Disturbed { get; init; }

    /// <summary>False where p99 rose and the machine was too busy to say why.</summary>
    [JsonPropertyName("p99_judged")]
    public bool IsP99Judged => IsP99Kept || LatenessP99 <= Promises.LatestLoad;

    [JsonIgnore]
    public bool IsP99Kept => P99 <= Promises.MostP99 * P99Before;

    /// <summary>Seconds from the fault to the last attempt at the victim that was no probation.</summary>
    [JsonPropertyName("shunned_after_s")]
    public required double? ShunnedAfter { get; init; }

    /// <summary>Attempts at the victim later than 3 s into the fault, probation included.</summary>
    [JsonPropertyName("attempts_to_bad")]
    public required int? AttemptsToBad { get; init; }

    /// <summary>How many of them were no probation.</summary>
    [JsonPropertyName("attempts_to_bad_not_probation")]
    public required int? OrdinaryAttemptsToBad { get; init; }

    /// <summary>Failed attempts at a victim that fails fast, until it was first ejected.</summary>
    [JsonPropertyName("attempts_until_ejected")]
    public int? UntilEjected { get; init; }

    /// <summary>Attempts at a victim that refuses, later than 1 s into the fault: of any kind, since probes are no attempts.</summary>
    [JsonPropertyName("attempts_after_1s")]
    public int? AfterOneSecond { get; init; }

    /// <summary>
    /// Seconds from when the victim listened again, or gave its first good answer after the fault where it had not ended, until it had 80 % of its share over 3 s.
    /// </summary>
    [JsonPropertyName("back_at_share_s")]
    public double? BackAfter { get; init; }

    /// <summary>For how long the run went on from then, in seconds.</summary>
    [JsonPropertyName("seen_back_s")]
    public double? SeenBack { get; init; }

    /// <summary>The 99th percentile from the end of the fault to the end of the run.</summary>
    [JsonPropertyName("p99_return_ms")]
    public double ReturnP99 { get; init; }

    /// <summary>As <see cref="ReturnP99"/>, without calls made while the machine itself stood still.</summary>
    [JsonPropertyName("p99_quiet_return_ms")]
    public double QuietReturnP99 { get; init; }

    /// <summary>Calls by status code, or by the reason of their failure.</summary>
    [JsonPropertyName("by_status")]
    public required IReadOnlyDictionary<string, int> ByStatus { get; init; }

    /// <summary>Each backend's share of the attempts, from 5 s into the fault to its end.</summary>
    [JsonPropertyName("share")]
    public required IReadOnlyDictionary<string, double> Share { get; init; }

    /// <summary>The promises that were not kept, in words.</summary>
    [JsonPropertyName("missed")]
    public IReadOnlyList<string> Missed { get; init; } = [];

    [JsonPropertyName("ok")]
    public bool Ok => Missed.Count == 0;
}
