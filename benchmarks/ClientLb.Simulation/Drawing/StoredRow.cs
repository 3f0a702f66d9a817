using System.Text.Json.Serialization;

namespace ClientLb.Simulation.Drawing;

/// <summary>What a picture needs of a line that an earlier run wrote with <c>--json</c>.</summary>
internal sealed record StoredRow
{
    [JsonPropertyName("size")]
    public required string Size { get; init; }

    [JsonPropertyName("scenario")]
    public required string Scenario { get; init; }

    [JsonPropertyName("distribution")]
    public required string Distribution { get; init; }

    [JsonPropertyName("queue")]
    public required string Queue { get; init; }

    [JsonPropertyName("policy")]
    public required string Policy { get; init; }

    [JsonPropertyName("util")]
    public required double Util { get; init; }

    [JsonPropertyName("p99_ms")]
    public required double P99 { get; init; }

    [JsonPropertyName("bound_p99_ms")]
    public required double BoundP99 { get; init; }

    [JsonPropertyName("errors_pct")]
    public required double Errors { get; init; }
}
