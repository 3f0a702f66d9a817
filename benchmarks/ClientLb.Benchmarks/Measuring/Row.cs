using System.Text.Json.Serialization;

namespace ClientLb.Benchmarks.Measuring;

/// <summary>One line of the result.</summary>
internal sealed record Row(
    [property: JsonPropertyName("suite")] string Suite,
    [property: JsonPropertyName("name")] string Name,
    [property: JsonPropertyName("n")] int N,
    [property: JsonPropertyName("threads")] int Threads,
    [property: JsonPropertyName("ns")] double Ns,
    [property: JsonPropertyName("least")] double Least,
    [property: JsonPropertyName("bytes")] double Bytes,
    [property: JsonPropertyName("ratio")] double? Ratio)
{
    public static Row Of(string suite, string name, int n, int threads, Cost cost, Cost? baseline = null) => new(
        suite, name, n, threads, Math.Round(cost.Nanoseconds, 1), Math.Round(cost.Least, 1), Math.Round(cost.Bytes, 1),
        baseline is { } plain ? Math.Round(cost.Nanoseconds / plain.Nanoseconds, 2) : null);
}
