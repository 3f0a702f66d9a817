using ClientLb.Endpoints;
using ClientLb.IntegrationTests.Infrastructure;

namespace ClientLb.IntegrationTests.Health;

/// <summary>A server of <c>grpc.health.v1</c> in a process of its own, on a gRPC library that is not .NET's.</summary>
internal sealed class GrpcServer : IAsyncDisposable
{
    private readonly OrderedProcess _process;

    private GrpcServer(OrderedProcess process) => _process = process;

    public EndpointDescriptor Descriptor => _process.Descriptor;

    /// <summary>On Google's library, by Debian's Python.</summary>
    public static Task<GrpcServer> StartPythonAsync(params string[] options) =>
        StartAsync(GrpcPrograms.Python ?? throw new InvalidOperationException(GrpcPrograms.PythonMissing), "health_server.py", options);

    /// <summary>On @grpc/grpc-js, by Node.</summary>
    public static Task<GrpcServer> StartNodeAsync() => StartAsync("node", "health_server.js", []);

    /// <summary>What the server says from now on of a service, or of itself (<c>-</c>).</summary>
    public Task SayAsync(string service, string status) => _process.OrderAsync($"{service} {status}");

    /// <summary>Ends every open watch.</summary>
    public Task EndWatchesAsync() => _process.OrderAsync("end");

    public void Freeze() => _process.Freeze();

    public void Thaw() => _process.Thaw();

    public void Kill() => _process.Kill();

    public ValueTask DisposeAsync() => _process.DisposeAsync();

    private static async Task<GrpcServer> StartAsync(string program, string script, string[] options) =>
        new(await OrderedProcess.StartAsync(program, Path.Combine("Health", "Servers", script), options));
}
