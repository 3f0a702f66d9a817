using ClientLb.Endpoints;
using ClientLb.IntegrationTests.Health;
using ClientLb.IntegrationTests.Infrastructure;

namespace ClientLb.Grpc.Tests.Infrastructure;

/// <summary>A server of the service Parrot in a process of its own, on a gRPC library that is not .NET's.</summary>
internal sealed class ParrotProcess : IParrot
{
    private readonly OrderedProcess _process;

    private ParrotProcess(OrderedProcess process) => _process = process;

    public EndpointDescriptor Descriptor => _process.Descriptor;

    /// <summary>On Google's library, by Debian's Python.</summary>
    public static Task<ParrotProcess> StartPythonAsync(params string[] options) =>
        StartAsync(GrpcPrograms.Python ?? throw new InvalidOperationException(GrpcPrograms.PythonMissing), "parrot_server.py", options);

    /// <summary>On @grpc/grpc-js, by Node.</summary>
    public static Task<ParrotProcess> StartNodeAsync(params string[] options) => StartAsync("node", "parrot_server.js", options);

    public Task FailAsync(int status, StatusPlace place) => _process.OrderAsync($"fail {status} {(place == StatusPlace.Headers ? "headers" : "trailers")}");

    public Task HealAsync() => _process.OrderAsync("heal");

    public async Task<ParrotState> StateAsync()
    {
        var numbers = (await _process.SendAsync("state")).Split(' ');
        return new(int.Parse(numbers[0]), int.Parse(numbers[1]), int.Parse(numbers[2]));
    }

    /// <summary>What its service of health says from now on.</summary>
    public Task SayAsync(string status) => _process.OrderAsync($"say {status}");

    public void Freeze() => _process.Freeze();

    public void Kill() => _process.Kill();

    public ValueTask DisposeAsync() => _process.DisposeAsync();

    private static async Task<ParrotProcess> StartAsync(string program, string script, string[] options) =>
        new(await OrderedProcess.StartAsync(program, Path.Combine("Servers", script), options));
}
