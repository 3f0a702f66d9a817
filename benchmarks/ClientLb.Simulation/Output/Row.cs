using System.Text.Json.Serialization;
using ClientLb.Simulation.Model;

namespace ClientLb.Simulation.Output;

/// <summary>One line of the result: a policy in a cell, beside the bound.</summary>
internal sealed record Row
{
    public Row(Cell cell, string policy, Outcome outcome, Outcome bound)
    {
        Cell = cell;
        Policy = policy;
        Outcome = outcome;
        Bound = bound;
    }

    [JsonPropertyName("size")]
    public string Size => Cell.Size.Name;

    [JsonPropertyName("scenario")]
    public string Scenario => Cell.Scenario.Name;

    [JsonPropertyName("distribution")]
    public string Distribution => Cell.Distribution.ToString().ToLowerInvariant();

    [JsonPropertyName("queue")]
    public string Queue => Cell.Discipline.ToString().ToLowerInvariant();

    [JsonPropertyName("policy")]
    public string Policy { get; }

    [JsonPropertyName("util")]
    public double Util => Cell.Utilization;

    [JsonPropertyName("seed")]
    public ulong Seed => Cell.Seed;

    [JsonPropertyName("p50_ms")]
    public double P50 => Rounded(Outcome.P50);

    [JsonPropertyName("p99_ms")]
    public double P99 => Rounded(Outcome.P99);

    [JsonPropertyName("p999_ms")]
    public double P999 => Rounded(Outcome.P999);

    [JsonPropertyName("errors_pct")]
    public double Errors => Rounded(Outcome.Errors);

    [JsonPropertyName("max_over_mean")]
    public double MaxOverMean => Rounded(Outcome.MaxOverMean);

    [JsonPropertyName("bound_p99_ms")]
    public double BoundP99 => Rounded(Bound.P99);

    [JsonPropertyName("bound_p999_ms")]
    public double BoundP999 => Rounded(Bound.P999);

    [JsonIgnore]
    public Cell Cell { get; }

    [JsonIgnore]
    public Outcome Outcome { get; }

    /// <summary>Of each figure the smaller one of the two bounds.</summary>
    [JsonIgnore]
    public Outcome Bound { get; }

    private static double Rounded(double value) => Math.Round(value, 4);
}
