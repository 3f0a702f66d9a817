using ClientLb.Clusters;
using ClientLb.Endpoints;
using ClientLb.IntegrationTests.Infrastructure;
using Xunit.Abstractions;

namespace ClientLb.IntegrationTests.EndToEnd;

/// <summary>Instances in processes of their own that are lost under load: with the library's defaults no GET fails.</summary>
public class LostBackendTests(ITestOutputHelper output)
{
    [Fact]
    public async Task Killed_backend_with_many_long_calls_in_flight_fails_none()
    {
        // 500 ms calls at 220 a second: at least 100 are in flight when a third of them lose their server.
        var backends = await BackendProcess.StartAsync(3);
        try
        {
            await using var app = BalancedApp.To("killed", backends.Select(static b => b.Descriptor));
            var load = SteadyLoad.Start(app.Client, "/delay/500", 220);
            await load.MoreAsync(250);
            await Eventually.IsTrueAsync(() => Task.FromResult(load.InFlight >= 100), TimeSpan.FromSeconds(10), "100 calls in flight");
            backends[0].Kill();
            await load.MoreAsync(250);
            var calls = await load.StopWithoutFailureAsync(app.Log);

            Assert.True(calls >= 500);

            // Ejected, or waiting on probation for a call.
            Assert.NotEqual(HealthState.Healthy, EndpointOf(app.Cluster, backends[0]).Health.Status.State);
            Assert.Equal(0, app.InFlight);
        }
        finally
        {
            await DisposeAsync(backends);
        }
    }

    [Fact]
    public async Task Frozen_backend_fails_no_call_and_gets_only_probes_until_it_thaws()
    {
        var backends = await BackendProcess.StartAsync(3);
        try
        {
            await using var app = BalancedApp.To("frozen", backends.Select(static b => b.Descriptor));
            var frozen = backends[0];
            for (var i = 0; i < 600; i++)
            {
                // What is normal for the endpoints is known before one of them stalls: the first calls of a process are slow.
                await app.Client.GetStringAsync("/");
            }

            var load = SteadyLoad.Start(app.Client, "/delay/20", 100);
            await load.AnswersFromAsync(frozen.Authority, 10);
            frozen.Freeze();
            var endpoint = EndpointOf(app.Cluster, frozen);

            // Seen after max(1 s, 10 x p99), given up after twice that: some 2 s on a machine that is not busy.
            var took = await Eventually.IsTrueAsync(
                () => Task.FromResult(endpoint.Health.Status.State != HealthState.Healthy && endpoint.Load.InFlight <= 1),
                TimeSpan.FromSeconds(20), "the frozen endpoint is left");
            output.WriteLine($"left after {took.TotalSeconds:0.00} s");

            // From here on: the one attempt of a probation, each given up and made elsewhere.
            for (var look = 0; look < 40; look++)
            {
                Assert.True(endpoint.Load.InFlight <= 1, $"{endpoint.Load.InFlight} in flight\n{app.Log}");
                await Task.Delay(50);
            }

            frozen.Thaw();
            await load.AnswersFromAsync(frozen.Authority, 10, 30);
            await load.StopWithoutFailureAsync(app.Log);
        }
        finally
        {
            await DisposeAsync(backends);
        }
    }

    [Fact]
    public async Task Backend_that_ends_politely_and_one_that_refuses_fail_no_call()
    {
        var backends = await BackendProcess.StartAsync(2);
        try
        {
            var refused = new EndpointDescriptor(LoopbackAddress.Next(), 9);
            await using var app = BalancedApp.To("refused", [refused, .. backends.Select(static b => b.Descriptor)]);
            var load = SteadyLoad.Start(app.Client, "/delay/5", 100);
            await load.MoreAsync(100);
            Assert.Equal(HealthState.Ejected, app.Cluster.Snapshot.Endpoints.Single(e => e.Port == 9).Health.Status.State);
            await backends[0].StopAsync();
            await load.MoreAsync(150);
            await load.StopWithoutFailureAsync(app.Log);
        }
        finally
        {
            await DisposeAsync(backends);
        }
    }

    private static Endpoint EndpointOf(Cluster cluster, BackendProcess backend) =>
        cluster.Snapshot.Endpoints.Single(e => e.Authority == backend.Authority);

    private static async Task DisposeAsync(BackendProcess[] backends)
    {
        foreach (var backend in backends)
        {
            await backend.DisposeAsync();
        }
    }
}
