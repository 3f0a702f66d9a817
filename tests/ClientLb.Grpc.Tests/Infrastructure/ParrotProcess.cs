using System.Diagnostics;
using ClientLb.Endpoints;
using ClientLb.IntegrationTests.Health;
using ClientLb.IntegrationTests.Infrastructure;

namespace ClientLb.Grpc.Tests.Infrastructure;

/// <summary>A server of the service Parrot in a process of its own, on a gRPC library that is not .NET's.</summary>
internal sealed class ParrotProcess : IParrot
{
    private static readonly TimeSpan s_limit = TimeSpan.FromSeconds(60);

    private readonly Process _process;
    private readonly SemaphoreSlim _turn = new(1, 1);

    private ParrotProcess(Process process, string host, int port)
    {
        _process = process;
        Descriptor = new(host, port);
    }

    public EndpointDescriptor Descriptor { get; }

    /// <summary>On Google's library, by Debian's Python.</summary>
    public static Task<ParrotProcess> StartPythonAsync(params string[] options) =>
        StartAsync(GrpcPrograms.Python ?? throw new InvalidOperationException(GrpcPrograms.PythonMissing), "parrot_server.py", options);

    /// <summary>On @grpc/grpc-js, by Node.</summary>
    public static Task<ParrotProcess> StartNodeAsync(params string[] options) => StartAsync("node", "parrot_server.js", options);

    public Task FailAsync(int status, StatusPlace place) => OrderAsync($"fail {status} {(place == StatusPlace.Headers ? "headers" : "trailers")}");

    public Task HealAsync() => OrderAsync("heal");

    public async Task<ParrotState> StateAsync()
    {
        var numbers = (await SendAsync("state")).Split(' ');
        return new(int.Parse(numbers[0]), int.Parse(numbers[1]), int.Parse(numbers[2]));
    }

    /// <summary>What its service of health says from now on.</summary>
    public Task SayAsync(string status) => OrderAsync($"say {status}");

    public void Freeze() => ProcessSignals.Freeze(_process);

    public void Kill() => _process.Kill();

    public async ValueTask DisposeAsync()
    {
        _process.Kill();
        await _process.WaitForExitAsync();
        _process.Dispose();
        _turn.Dispose();
    }

    private static async Task<ParrotProcess> StartAsync(string program, string script, string[] options)
    {
        var host = LoopbackAddress.Next();
        var path = Path.Combine(AppContext.BaseDirectory, "Servers", script);
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

    private async Task OrderAsync(string order) => Assert.Equal("ok", await SendAsync(order));

    private async Task<string> SendAsync(string order)
    {
        await _turn.WaitAsync();
        try
        {
            await _process.StandardInput.WriteLineAsync(order);
            await _process.StandardInput.FlushAsync();
            return await _process.StandardOutput.ReadLineAsync().WaitAsync(s_limit) ?? throw new InvalidOperationException("The server has ended.");
        }
        finally
        {
            _turn.Release();
        }
    }
}
