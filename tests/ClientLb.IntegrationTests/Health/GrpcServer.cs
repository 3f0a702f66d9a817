using System.Diagnostics;
using ClientLb.Endpoints;
using ClientLb.IntegrationTests.Infrastructure;

namespace ClientLb.IntegrationTests.Health;

/// <summary>A server of <c>grpc.health.v1</c> in a process of its own, on a gRPC library that is not .NET's.</summary>
internal sealed class GrpcServer : IAsyncDisposable
{
    private static readonly TimeSpan s_limit = TimeSpan.FromSeconds(30);

    private readonly Process _process;

    private GrpcServer(Process process, string host, int port)
    {
        _process = process;
        Descriptor = new(host, port);
    }

    public EndpointDescriptor Descriptor { get; }

    /// <summary>On Google's library, by Debian's Python.</summary>
    public static Task<GrpcServer> StartPythonAsync(params string[] options) =>
        StartAsync(GrpcPrograms.Python ?? throw new InvalidOperationException(GrpcPrograms.PythonMissing), "health_server.py", options);

    /// <summary>On @grpc/grpc-js, by Node.</summary>
    public static Task<GrpcServer> StartNodeAsync() => StartAsync("node", "health_server.js", []);

    /// <summary>What the server says from now on of a service, or of itself (<c>-</c>).</summary>
    public Task SayAsync(string service, string status) => OrderAsync($"{service} {status}");

    /// <summary>Ends every open watch.</summary>
    public Task EndWatchesAsync() => OrderAsync("end");

    public void Freeze() => ProcessSignals.Freeze(_process);

    public void Thaw() => ProcessSignals.Thaw(_process);

    public void Kill() => _process.Kill();

    public async ValueTask DisposeAsync()
    {
        _process.Kill();
        await _process.WaitForExitAsync();
        _process.Dispose();
    }

    private static async Task<GrpcServer> StartAsync(string program, string script, string[] options)
    {
        var host = LoopbackAddress.Next();
        var path = Path.Combine(AppContext.BaseDirectory, "Health", "Servers", script);
        var process = Process.Start(GrpcPrograms.StartInfo(program, [path, host, .. options]))!;
        try
        {
            var port = await process.StandardOutput.ReadLineAsync().WaitAsync(s_limit);
            return new(process, host, int.Parse(port ?? throw new InvalidOperationException($"{script} ended before it said where it listens.")));
        }
        catch
        {
            process.Kill();
            process.Dispose();
            throw;
        }
    }

    private async Task OrderAsync(string order)
    {
        await _process.StandardInput.WriteLineAsync(order);
        await _process.StandardInput.FlushAsync();
        Assert.Equal("ok", await _process.StandardOutput.ReadLineAsync().WaitAsync(s_limit));
    }
}
