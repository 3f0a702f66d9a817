using System.ComponentModel;
using System.Diagnostics;
using ClientLb.Samples.Failover.Fleet;

namespace ClientLb.Samples.Grpc;

/// <summary>What a server is written in.</summary>
/// <param name="Name">Its name, which is that of the endpoint.</param>
/// <param name="Program">What runs it.</param>
/// <param name="Arguments">With what.</param>
/// <param name="Modules">Where Node finds its packages.</param>
internal sealed record Language(string Name, string Program, string[] Arguments, string? Modules = null)
{
    // Debian's packages are for Debian's own interpreter, whatever else is on the PATH.
    private static readonly string[] s_pythons = ["/usr/bin/python3", "python3"];

    /// <summary>Python and Node where their gRPC libraries are; Kestrel in the places that are left.</summary>
    public static IReadOnlyList<Language> Three()
    {
        // Where eng/install-test-tools.sh puts what Node lacks.
        var cache = Environment.GetEnvironmentVariable("XDG_CACHE_HOME") is { Length: > 0 } set ? set : Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".cache");
        var modules = string.Join(Path.PathSeparator, Environment.GetEnvironmentVariable("NODE_PATH"), Path.Combine(cache, "clientlb", "node_modules"));
        var python = s_pythons.FirstOrDefault(static program => Runs(program, null, "-c", "import grpc, google.protobuf"));
        return
        [
            python is null ? Kestrel("kestrel-1") : new("python", python, [Script("orders_server.py")]),
            Runs("node", modules, "-e", "require('@grpc/grpc-js')") ? new("node", "node", [Script("orders_server.js")], modules) : Kestrel("kestrel-2"),
            Kestrel("kestrel"),
        ];
    }

    private static Language Kestrel(string name) => new(name, OwnProgram.Executable, OwnProgram.With(KestrelServer.Verb));

    private static string Script(string name) => Path.Combine(AppContext.BaseDirectory, "Servers", name);

    private static bool Runs(string program, string? modules, params string[] arguments)
    {
        var start = new ProcessStartInfo(program, arguments) { RedirectStandardError = true, RedirectStandardOutput = true };
        if (modules is not null)
        {
            start.Environment["NODE_PATH"] = modules;
        }

        try
        {
            using var process = Process.Start(start)!;
            process.WaitForExit();
            return process.ExitCode == 0;
        }
        catch (Win32Exception)
        {
            return false;
        }
    }
}
