using ClientLb.IntegrationTests.Infrastructure;

namespace ClientLb.IntegrationTests.EndToEnd;

/// <summary>A process that is frozen in the midst of its answer: its connection stands and nothing comes. It ends within its clock, and counts as a failure.</summary>
public class FrozenMidwayTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public async Task Body_of_a_frozen_server_ends_within_its_clock_as_a_failure(int version)
    {
        await using var backend = await StartAsync(version);
        await using var app = BalancedApp.To($"midway-{version}", [backend.Descriptor], static o => o.Timeouts.BodyIdle = TimeSpan.FromSeconds(1));
        using var response = await BeginAsync(app, version);
        await using var body = await response.Content.ReadAsStreamAsync();
        await ReadSomeAsync(body);
        backend.Freeze();

        var error = await Assert.ThrowsAnyAsync<IOException>(() => ReadAllAsync(body).WaitAsync(TimeSpan.FromSeconds(30)));

        Assert.Contains(backend.Authority, error.Message, StringComparison.Ordinal);
        await FailureIsCountedAsync(app);
        backend.Thaw();
    }

    [Fact]
    public async Task Stream_of_a_frozen_server_without_a_clock_of_its_own_is_ended_by_pings_as_a_failure()
    {
        await using var backend = await StartAsync(2);
        await using var app = BalancedApp.To("midstream", [backend.Descriptor], static o =>
        {
            o.Timeouts.BodyIdle = TimeSpan.Zero;
            o.ConfigureConnections = static handler =>
            {
                handler.KeepAlivePingDelay = TimeSpan.FromSeconds(1);
                handler.KeepAlivePingTimeout = TimeSpan.FromSeconds(1);
            };
        });
        using var response = await BeginAsync(app, 2);
        await using var body = await response.Content.ReadAsStreamAsync();
        await ReadSomeAsync(body);
        backend.Freeze();

        await Assert.ThrowsAnyAsync<IOException>(() => ReadAllAsync(body).WaitAsync(TimeSpan.FromSeconds(30)));

        await FailureIsCountedAsync(app);
        backend.Thaw();
    }

    private static Task<BackendProcess> StartAsync(int version) => BackendProcess.StartAsync(LoopbackAddress.Next(), version == 2 ? ["Protocols=Http2"] : []);

    private static Task<HttpResponseMessage> BeginAsync(BalancedApp app, int version) => app.Client.SendAsync(
        new HttpRequestMessage(HttpMethod.Get, "/chunks/100000/20") { Version = new(version, version == 1 ? 1 : 0), VersionPolicy = HttpVersionPolicy.RequestVersionExact },
        HttpCompletionOption.ResponseHeadersRead);

    private static async Task ReadSomeAsync(Stream body)
    {
        var buffer = new byte[64];
        for (var i = 0; i < 3; i++)
        {
            Assert.NotEqual(0, await body.ReadAsync(buffer).AsTask().WaitAsync(TimeSpan.FromSeconds(20)));
        }
    }

    private static async Task ReadAllAsync(Stream body)
    {
        var buffer = new byte[4096];
        while (await body.ReadAsync(buffer) > 0)
        {
        }
    }

    private static Task<TimeSpan> FailureIsCountedAsync(BalancedApp app) => Eventually.IsTrueAsync(
        () => Task.FromResult(app.InFlight == 0 && app.Cluster.Snapshot.Endpoints[0].Health.Window.Read(app.Cluster.Clock.Now).Failures == 1),
        TimeSpan.FromSeconds(10), "one failure is counted, and the lease has ended");
}
