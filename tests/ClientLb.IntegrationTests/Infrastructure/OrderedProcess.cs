using System.Diagnostics;
using ClientLb.Endpoints;
using ClientLb.IntegrationTests.Health;

namespace ClientLb.IntegrationTests.Infrastructure;

/// <summary>A server in a process of its own: it first says its port, and from then on answers each line with a line.</summary>
internal sealed class OrderedProcess : IAsyncDisposable
{
    private static readonly TimeSpan s_limit = TimeSpan.FromSeconds(60);

    private readonly Process _process;
    private readonly SemaphoreSlim _turn = new(1, 1);

    private OrderedProcess(Process process, string host, int port)
    {
        _process = process;
        Descriptor = new(host, port);
    }

    public EndpointDescriptor Descriptor { get; }

    /// <summary>Starts it on an address of its own and waits until it listens.</summary>
    /// <param name="program">What runs the script.</param>
    /// <param name="script">Its path below the folder of the tests.</param>
    /// <param name="options">What follows the address.</param>
    public static async Task<OrderedProcess> StartAsync(string program, string script, string[] options)
    {
        var host = LoopbackAddress.Next();
        var process = Process.Start(GrpcPrograms.StartInfo(program, [Path.Combine(AppContext.BaseDirectory, script), host, .. options]))!;
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

    /// <summary>Has it do something.</summary>
    public async Task OrderAsync(string order) => Assert.Equal("ok", await SendAsync(order));

    /// <summary>The line that it answers.</summary>
    public async Task<string> SendAsync(string order)
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

    public void Freeze() => ProcessSignals.Freeze(_process);

    public void Thaw() => ProcessSignals.Thaw(_process);

    public void Kill() => _process.Kill();

    public async ValueTask DisposeAsync()
    {
        _process.Kill();
        await _process.WaitForExitAsync();
        _process.Dispose();
        _turn.Dispose();
    }
}
