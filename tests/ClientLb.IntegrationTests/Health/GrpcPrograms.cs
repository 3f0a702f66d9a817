using System.Diagnostics;

namespace ClientLb.IntegrationTests.Health;

/// <summary>Where the gRPC servers of other languages are.</summary>
internal static class GrpcPrograms
{
    public const string PythonMissing = "Python's gRPC library (package python3-grpcio) is missing: run eng/install-test-tools.sh.";

    public const string NodeMissing = "The package @grpc/grpc-js is not on NODE_PATH; this test is one more of the same, for where it is.";

    /// <summary>A Python that has the library. Debian's packages are for Debian's own interpreter, whatever else is on the PATH.</summary>
    public static string? Python { get; } = new[] { "/usr/bin/python3", "python3" }.FirstOrDefault(static program => Runs(program, "-c", "import grpc"));

    public static bool HasNode { get; } = Runs("node", "-e", "require('@grpc/grpc-js')");

    /// <summary>Whether tests that need it run: in CI they do even without it, and fail.</summary>
    public static bool IsPythonExpected => Python is not null || Environment.GetEnvironmentVariable("CI") == "true";

    private static bool Runs(string program, params string[] arguments)
    {
        try
        {
            using var process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardError = true, RedirectStandardOutput = true })!;
            process.WaitForExit();
            return process.ExitCode == 0;
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return false;
        }
    }
}
