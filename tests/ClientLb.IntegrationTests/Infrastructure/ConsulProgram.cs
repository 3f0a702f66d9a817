using System.Diagnostics;

namespace ClientLb.IntegrationTests.Infrastructure;

/// <summary>Where the consul program is.</summary>
internal static class ConsulProgram
{
    public const string Missing = "The consul program is not on the PATH: run eng/install-test-tools.sh.";

    private static readonly string? s_path = (Environment.GetEnvironmentVariable("PATH") ?? "")
        .Split(System.IO.Path.PathSeparator)
        .Select(static directory => System.IO.Path.Combine(directory, "consul"))
        .FirstOrDefault(File.Exists);

    /// <summary>Whether tests that need it run: in CI they do even without it, and fail.</summary>
    public static bool IsExpected => s_path is not null || Environment.GetEnvironmentVariable("CI") == "true";

    public static Process Start(IEnumerable<string> arguments, string? directory = null)
    {
        var start = new ProcessStartInfo(s_path ?? throw new InvalidOperationException(Missing), arguments)
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = directory ?? "",
        };
        foreach (var name in start.Environment.Keys.Where(static k => k.StartsWith("CONSUL_", StringComparison.Ordinal)).ToList())
        {
            start.Environment.Remove(name);
        }

        return Process.Start(start)!;
    }

    public static async Task RunAsync(string directory, params string[] arguments)
    {
        using var process = Start(arguments, directory);
        var output = process.StandardOutput.ReadToEndAsync();
        var errors = process.StandardError.ReadToEndAsync();
        await process.WaitForExitAsync();
        Assert.True(process.ExitCode == 0, $"consul {string.Join(' ', arguments)}: {await output} {await errors}");
    }
}
