using ClientLb.Grpc.Tests.Infrastructure;
using ClientLb.Grpc.Tests.Protos;
using ClientLb.Http;
using ClientLb.IntegrationTests.Infrastructure;

namespace ClientLb.Grpc.Tests;

/// <summary>Limits, hedging and frozen servers under gRPC calls.</summary>
public class ResilienceTests
{
    private static readonly TimeSpan s_limit = TimeSpan.FromSeconds(120);

    [Theory]
    [OnLibrary(Library.Python), OnLibrary(Library.Kestrel)]
    public async Task Call_beyond_the_limit_is_refused_as_RESOURCE_EXHAUSTED(Library library)
    {
        await using var server = await Parrots.StartAsync(library);
        await using var app = GrpcApp.To([server], null, static cluster => cluster.Limits.InFlight = 1);
        await TeachAsync(app);
        using var cancel = new CancellationTokenSource();
        var first = GrpcCall.CallAsync(app.Client, "Say", new Phrase { PauseMs = 30_000, Status = 3 }, cancellationToken: cancel.Token);
        await Eventually.IsTrueAsync(async () => (await server.StateAsync()).Open == 1, s_limit, "the first call has come");

        var second = await GrpcCall.CallAsync(app.Client, "Say", new Phrase { Text = "hello" });

        Assert.Equal(8, second.Status);
        Assert.True(second.IsTrailersOnly);
        await cancel.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => first.WaitAsync(s_limit));
    }

    [Theory]
    [OnLibrary(Library.Python)]
    public async Task Idempotent_call_is_hedged_where_its_endpoint_is_silent(Library library)
    {
        await using var frozen = await ParrotProcess.StartPythonAsync();
        await using var good = await Parrots.StartAsync(library);
        await using var app = GrpcApp.To([frozen, good], static client =>
        {
            Allow(client);
            client.Hedging.Delay = TimeSpan.FromMilliseconds(200);

            // Nothing else can help: the attempt has all the time of the test.
            client.Timeouts.Call = client.Timeouts.Attempt = TimeSpan.FromMinutes(5);
        }, static cluster =>
        {
            cluster.Policy = "round_robin";
            cluster.OutlierDetection.Enabled = false;
        });
        await TeachAsync(app);
        frozen.Freeze();

        for (var i = 0; i < 2; i++)
        {
            var reply = await GrpcCall.CallAsync(app.Client, "Say", new Phrase { Text = "hello" }).WaitAsync(TimeSpan.FromSeconds(20));
            Assert.Equal((0, good.Descriptor.Id), (reply.Status, reply.Sound.Server));
        }
    }

    [Theory]
    [OnLibrary(Library.Python)]
    public async Task Stream_whose_server_freezes_midway_ends_as_a_failure(Library library)
    {
        _ = library;
        await using var frozen = await ParrotProcess.StartPythonAsync();
        await using var app = GrpcApp.To([frozen], Allow);
        using var call = await GrpcCall.StartAsync(app.Client, "Recite", new Phrase { Text = "tick", Times = -1 });
        Assert.NotNull(await call.ReadAsync().WaitAsync(s_limit));

        frozen.Freeze();

        // HTTP/2 pings find out.
        await Assert.ThrowsAnyAsync<IOException>(() => call.ReadAsync().WaitAsync(s_limit));
        Assert.Equal(1, app.Endpoint(frozen).Health.Window.Read(app.Cluster.Clock.Now).Failures);
        await app.NothingInFlightAsync();
    }

    private static async Task TeachAsync(GrpcApp app)
    {
        for (var i = 0; i < 6; i++)
        {
            Assert.Equal(0, (await GrpcCall.CallAsync(app.Client, "Say", new Phrase { Text = "hello" })).Status);
        }
    }

    private static void Allow(LoadBalancedClientOptions client) => client.Grpc.IdempotentMethods.Add("/clientlb.tests.Parrot/*");
}
