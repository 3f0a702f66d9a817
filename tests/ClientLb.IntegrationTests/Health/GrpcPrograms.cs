using System.Diagnostics;

namespace ClientLb.IntegrationTests.Health;

/// <summary>Where the gRPC servers of other languages are.</summary>
internal static class GrpcPrograms
{
    public const string PythonMissing = "Python's gRPC library (package python3-grpcio) is missing: run eng/install-test-tools.sh.";

    public const string NodeMissing = "The packages @grpc/grpc-js and @grpc/proto-loader are missing: run eng/install-test-tools.sh, or put them on NODE_PATH.";

    /// <summary>A Python that has the library. Debian's packages are for Debian's own interpreter, whatever else is on the PATH.</summary>
    public static string? Python { get; } = new[] { "/usr/bin/python3", "python3" }.FirstOrDefault(static program => Runs(program, "-c", "import grpc"));

    public static bool HasNode { get; } = Runs("node", "-e", "require('@grpc/grpc-js'); require('@grpc/proto-loader')");

    /// <summary>Whether tests that need it run: in CI they do even without it, and fail.</summary>
    public static bool IsPythonExpected => Python is not null || Environment.GetEnvironmentVariable("CI") == "true";

    /// <summary>As for Python; but who has no package manager of Node's is not asked to have packages.</summary>
    public static bool IsNodeExpected { get; } = HasNode || (Environment.GetEnvironmentVariable("CI") == "true" && Runs("npm", "--version"));

    /// <summary>How to start a server: Node finds what eng/install-test-tools.sh has installed for it.</summary>
    public static ProcessStartInfo StartInfo(string program, IEnumerable<string> arguments)
    {
        var cache = Environment.GetEnvironmentVariable("XDG_CACHE_HOME") is { Length: > 0 } set ? set : Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".cache");
        var modules = Path.Combine(cache, "clientlb", "node_modules");
        var start = new ProcessStartInfo(program, arguments) { RedirectStandardInput = true, RedirectStandardOutput = true };
        start.Environment["NODE_PATH"] = Environment.GetEnvironmentVariable("NODE_PATH") is { Length: > 0 } path ? $"{path}{Path.PathSeparator}{modules}" : modules;
        return start;
    }

    private static bool Runs(string program, params string[] arguments)
    {
        try
        {
            var start = StartInfo(program, arguments);
            start.RedirectStandardError = true;
            using var process = Process.Start(start)!;
            process.StandardInput.Close();
            process.WaitForExit();
            return process.ExitCode == 0;
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return false;
        }
    }
}
