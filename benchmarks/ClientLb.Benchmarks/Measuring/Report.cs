using System.Globalization;
using System.Text.Json;

namespace ClientLb.Benchmarks.Measuring;

/// <summary>The result as a table for people and as JSON for programs.</summary>
internal static class Report
{
    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true };

    public static void Print(IReadOnlyList<Row> rows)
    {
        var width = rows.Max(static row => row.Name.Length);
        foreach (var suite in rows.GroupBy(static row => row.Suite))
        {
            Console.WriteLine();
            Console.WriteLine(Line(suite.Key, width, "n", "threads", "ns", "least", "bytes", "ratio"));
            foreach (var row in suite)
            {
                Console.WriteLine(Line(row.Name, width, Text(row.N), Text(row.Threads), Text(row.Ns), Text(row.Least), Text(row.Bytes),
                    row.Ratio is { } ratio ? ratio.ToString("0.00#", CultureInfo.InvariantCulture) + " x" : ""));
            }
        }
    }

    public static void Write(IReadOnlyList<Row> rows, string file)
    {
        using var stream = File.Create(file);
        JsonSerializer.Serialize(stream, rows, Indented);
    }

    private static string Line(string name, int width, string n, string threads, string ns, string least, string bytes, string ratio) =>
        $"{name.PadRight(width)}  {n,7} {threads,7} {ns,12} {least,12} {bytes,12} {ratio,8}";

    private static string Text(double value) => value.ToString("#,0.#", CultureInfo.InvariantCulture);
}
