using System.Net;
using System.Net.Sockets;
using ClientLb.Endpoints;
using ClientLb.Health;
using ClientLb.Health.Checks;
using ClientLb.IntegrationTests.Infrastructure;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace ClientLb.IntegrationTests.Health;

/// <summary>The connections of checks: they end with them, and silence after a connect is told from no connection.</summary>
public class CheckConnectionTests
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(30);

    [Fact]
    public async Task Tcp_check_closes_its_connection()
    {
        await using var backends = await BackendGroup.StartAsync(1);
        using var check = new TcpCheck(new HealthCheckOptions { Type = HealthCheckType.Tcp });

        Assert.Equal(CheckMark.Passed, (await check.CheckAsync(At(backends[0].Host, backends[0].Port), CancellationToken.None)).Mark);

        await UntilAsync(() => backends[0] is { Connections: 1, OpenConnections: 0 }, "it is closed");
    }

    [Fact]
    public async Task Grpc_check_has_a_connection_of_its_own_each_time()
    {
        await using var backends = await BackendGroup.StartAsync(1, HttpProtocols.Http2);
        using var check = new GrpcCheck(new HealthCheckOptions { Type = HealthCheckType.Grpc }, "checked");
        for (var i = 1; i <= 3; i++)
        {
            // It speaks HTTP/2 and no gRPC, which is an answer too.
            Assert.Equal("got an answer that is not gRPC", (await check.CheckAsync(At(backends[0].Host, backends[0].Port), CancellationToken.None)).Text);

            await UntilAsync(() => backends[0].Connections == i && backends[0].OpenConnections == 0, "it is closed");
        }
    }

    [Fact]
    public async Task Grpc_client_that_is_done_with_closes_its_connection()
    {
        await using var backends = await BackendGroup.StartAsync(1, HttpProtocols.Http2);

        // Without this the pool would close it a few seconds later.
        var handler = ProbeHandler.Create();
        handler.PooledConnectionIdleTimeout = Timeout.InfiniteTimeSpan;
        using (var client = new GrpcHealthClient(backends[0].Host, backends[0].Port, isTls: false, "checked", "", handler))
        {
            await client.CheckAsync(TimeSpan.FromSeconds(10), CancellationToken.None);
            Assert.Equal((1, 1), (backends[0].Connections, backends[0].OpenConnections));
        }

        await UntilAsync(() => backends[0].OpenConnections == 0, "it is closed");
        GC.KeepAlive(handler);
    }

    [Theory]
    [InlineData(HealthCheckType.Http)]
    [InlineData(HealthCheckType.Grpc)]
    [InlineData(HealthCheckType.GrpcWatch)]
    public async Task No_connection_in_time_is_hard_evidence_over_TLS_and_for_gRPC_too(HealthCheckType type)
    {
        using var check = Of(type);

        var finding = await check.CheckAsync(At(LoopbackAddress.Next(), 1), new CancellationToken(canceled: true));

        Assert.Equal((CheckMark.Failed, Evidence.Unreachable), (finding.Mark, finding.Evidence));
    }

    [Theory]
    [InlineData(HealthCheckType.Http)]
    [InlineData(HealthCheckType.Grpc)]
    [InlineData(HealthCheckType.GrpcWatch)]
    public async Task Silence_over_a_connection_is_soft_evidence_and_the_connection_ends(HealthCheckType type)
    {
        var address = IPAddress.Parse(LoopbackAddress.Next());
        using var listener = new TcpListener(address, 0);
        listener.Start();
        using var check = Of(type);
        using var stop = new CancellationTokenSource();
        var running = check.CheckAsync(At(address.ToString(), ((IPEndPoint)listener.LocalEndpoint).Port), stop.Token).AsTask();
        using var socket = await listener.AcceptSocketAsync();
        var buffer = new byte[4096];

        // Something has come, so the other end knows that it is connected.
        Assert.NotEqual(0, await socket.ReceiveAsync(buffer));
        await stop.CancelAsync();

        var error = await Assert.ThrowsAnyAsync<Exception>(() => running);
        Assert.Equal(Evidence.CheckFailed, CheckFinding.Of(error).Evidence);
        await EndAsync(socket, buffer);
    }

    private static async Task EndAsync(Socket socket, byte[] buffer)
    {
        using var limit = new CancellationTokenSource(s_patience);
        try
        {
            while (await socket.ReceiveAsync(buffer, limit.Token) != 0)
            {
                // What was on its way.
            }
        }
        catch (SocketException)
        {
            // Reset is closed as well.
        }
    }

    private static IEndpointCheck Of(HealthCheckType type)
    {
        var options = new HealthCheckOptions { Type = type, Tls = type == HealthCheckType.Http };
        return type switch
        {
            HealthCheckType.Http => new HttpCheck(options, "checked"),
            HealthCheckType.Grpc => new GrpcCheck(options, "checked"),
            _ => new GrpcWatchCheck(options, "checked", MonotonicClock.System, Microsoft.Extensions.Logging.Abstractions.NullLogger.Instance, static (_, _, _) => { }),
        };
    }

    private static Endpoint At(string host, int port) => new(new EndpointDescriptor(host, port), MonotonicClock.System);

    private static Task<TimeSpan> UntilAsync(Func<bool> condition, string what) => Eventually.IsTrueAsync(() => Task.FromResult(condition()), s_patience, what);
}
