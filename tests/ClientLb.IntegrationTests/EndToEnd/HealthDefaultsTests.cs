using System.Diagnostics;
using ClientLb.Endpoints;
using ClientLb.IntegrationTests.Infrastructure;
using Xunit.Abstractions;

namespace ClientLb.IntegrationTests.EndToEnd;

/// <summary>Real processes and the library's defaults: what a fault costs, and how its victim comes back.</summary>
public sealed class HealthDefaultsTests(ITestOutputHelper output)
{
    private const string Attempts = "clientlb.attempt.duration";

    [Fact]
    public async Task Backend_that_fails_at_once_is_out_after_a_few_attempts_and_no_call_fails()
    {
        await using var fleet = await FleetAsync();
        await using var app = BalancedApp.To("fastfail", fleet.Select(static b => b.Descriptor));
        using var meter = new MeterReader("fastfail");
        var load = SteadyLoad.Start(app.Client, "/delay/5", 200);
        await load.AnswersFromAsync(fleet[0].Authority, 20);

        // A busy machine sends in bursts: the retry budget of a process that has made but a few calls is for ten at once.
        await load.MoreAsync(400);
        await fleet[0].BecomeAsync(500);
        var victim = EndpointOf(app, fleet[0]);

        // The policy shuns it after its first failures, so that the fifth in a row may be long in coming.
        for (var i = 0; i < 10 && victim.Health.Status.Ejections == 0; i++)
        {
            await load.MoreAsync(60);
        }

        var failed = meter.Count(Attempts, ("clientlb.endpoint", victim.Id), ("clientlb.outcome", "failure"));
        await load.MoreAsync(600);
        var later = meter.Count(Attempts, ("clientlb.endpoint", victim.Id), ("clientlb.outcome", "failure")) - failed;
        await fleet[0].BecomeAsync(0);
        await load.AnswersFromAsync(fleet[0].Authority, 20, 60);
        var calls = await load.StopWithoutFailureAsync(app.Log);

        output.WriteLine($"{failed} failed attempts until it was ejected or 600 calls were over, {later} in the 600 calls after it; {calls} calls, none failed");
        Assert.InRange(failed, 1, 10);
        Assert.InRange(later, 0, 10);
    }

    [Fact]
    public async Task Killed_backend_gets_nothing_but_probes_and_one_at_its_place_has_its_share_soon()
    {
        await using var fleet = await FleetAsync();
        await using var app = BalancedApp.To("restarted", fleet.Select(static b => b.Descriptor));
        using var meter = new MeterReader("restarted");
        var load = SteadyLoad.Start(app.Client, "/delay/5", 200);
        await load.MoreAsync(400);
        var victim = EndpointOf(app, fleet[0]);

        fleet[0].Kill();
        await Eventually.IsTrueAsync(() => Task.FromResult(victim.Health.Status.State == HealthState.Ejected), TimeSpan.FromSeconds(20), "it is ejected");
        await load.MoreAsync(20);

        // Attempts are counted when they end.
        await Eventually.IsTrueAsync(() => Task.FromResult(victim.Load.InFlight == 0), TimeSpan.FromSeconds(20), "nothing is in flight there");
        var attempts = meter.Count(Attempts, ("clientlb.endpoint", victim.Id));
        await load.MoreAsync(500);
        Assert.Equal(attempts, meter.Count(Attempts, ("clientlb.endpoint", victim.Id)));

        await using var again = await fleet[0].StartAgainAsync();
        var clock = Stopwatch.StartNew();
        await load.AnswersFromAsync(again.Authority, 1, 60);
        var first = clock.Elapsed;

        // Of 200 calls at least 50 are its own: 80 % of a third, and some room for chance.
        var share = 0;
        while (share < 50)
        {
            Assert.True(clock.Elapsed < TimeSpan.FromSeconds(60), $"its share is {share} of 200\n{app.Log}");
            share = load.AnswersOf(again.Authority);
            await load.MoreAsync(200);
            share = load.AnswersOf(again.Authority) - share;
        }

        var calls = await load.StopWithoutFailureAsync(app.Log);
        output.WriteLine($"first answer {first.TotalSeconds:0.00} s after its start, {share} of 200 calls until {clock.Elapsed.TotalSeconds:0.00} s; {calls} calls, none failed");
    }

    private static Endpoint EndpointOf(BalancedApp app, BackendProcess backend) =>
        app.Cluster.Snapshot.Endpoints.Single(e => e.Authority == backend.Authority);

    private static async Task<Fleet> FleetAsync() => new(await BackendProcess.StartAsync(3));

    private sealed class Fleet(BackendProcess[] backends) : List<BackendProcess>(backends), IAsyncDisposable
    {
        public async ValueTask DisposeAsync()
        {
            foreach (var backend in this)
            {
                await backend.DisposeAsync();
            }
        }
    }
}
