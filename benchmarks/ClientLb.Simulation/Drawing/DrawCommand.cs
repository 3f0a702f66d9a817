using System.Text.Json;

namespace ClientLb.Simulation.Drawing;

/// <summary><c>draw FILE... --out FOLDER</c>: pictures of the rows that earlier runs wrote with <c>--json</c>.</summary>
internal static class DrawCommand
{
    /// <summary>The word that asks for it.</summary>
    public const string Name = "draw";

    /// <param name="args">What follows the word.</param>
    /// <param name="output">Where the names of the drawn files go.</param>
    /// <param name="problems">Where goes what is wrong.</param>
    /// <returns>The exit code.</returns>
    public static int Run(string[] args, TextWriter output, TextWriter problems)
    {
        if (args is not [_, .., "--out", var folder])
        {
            problems.WriteLine($"Usage: {Name} FILE... --out FOLDER    each FILE is what a run has written with --json");
            return 2;
        }

        var files = args[..^2];
        var file = "";
        try
        {
            var rows = new List<StoredRow>();
            foreach (var one in files)
            {
                file = one;
                rows.AddRange(JsonSerializer.Deserialize<List<StoredRow>>(File.ReadAllText(file)) ?? []);
            }

            var charts = Gallery.Of(rows);
            if (charts.Count == 0)
            {
                problems.WriteLine(
                    $"{string.Join(", ", files)}: no rows to draw: lognormal, ps, 0.7, and one of the scenarios {string.Join(", ", Gallery.Scenarios)}.");
                return 2;
            }

            Directory.CreateDirectory(folder);
            foreach (var chart in charts)
            {
                var path = Path.Combine(folder, chart.FileName);
                File.WriteAllText(path, SvgWriter.Draw(chart));
                output.WriteLine(path);
            }

            return 0;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or JsonException)
        {
            problems.WriteLine($"{Name} {file}: {exception.Message}");
            return 2;
        }
    }
}
