using System.Diagnostics;
using ClientLb.IntegrationTests.Infrastructure;
using Microsoft.AspNetCore.Http;

namespace ClientLb.IntegrationTests.AspNetCore;

/// <summary>What servers say, and what ClientLb's clients make of it.</summary>
public sealed class ServerAndClientTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    [Fact]
    public async Task Server_at_its_limit_is_rested_and_no_idempotent_call_fails()
    {
        var end = new TaskCompletionSource();
        await using var full = await ServerApp.StartAsync(_ => end.Task, static o => o.MaxConcurrentRequests = 1);
        await using var free = await ServerApp.StartAsync(static context => context.Response.WriteAsync("free"));
        using var direct = full.Client();
        var long1 = direct.GetAsync("/");
        await Eventually.IsTrueAsync(() => Task.FromResult(full.Ran == 1), Patience, "the limit is reached");
        await using var app = BalancedApp.To("orders", [full.Descriptor, free.Descriptor], clusterOptions: static o => o.Policy = "round_robin");
        var clock = Stopwatch.StartNew();

        for (var i = 0; i < 60; i++)
        {
            Assert.Equal("free", await app.Client.GetStringAsync("/"));
        }

        // Asked again when its rest of one or two seconds is over, and not before.
        var asked = full.Arrived - 1;
        Assert.InRange(asked, 1, 1 + (int)Math.Ceiling(clock.Elapsed.TotalSeconds));
        Assert.Equal(60, free.Ran);
        Assert.Equal(1, full.Ran);
        end.SetResult();
        using var response = await long1;
        await Eventually.IsTrueAsync(
            async () =>
            {
                using var next = await app.Client.GetAsync("/");
                return full.Ran > 1;
            },
            Patience, "it is used again");
    }

    [Fact]
    public async Task Weighted_by_load_sends_less_to_the_server_that_reports_more()
    {
        await using var busy = await ServerApp.StartAsync(static _ => Task.CompletedTask, static o => Report(o, 0.9));
        await using var idle = await ServerApp.StartAsync(static _ => Task.CompletedTask, static o => Report(o, 0.1));
        await using var app = BalancedApp.To("orders", [busy.Descriptor, idle.Descriptor], clusterOptions: static o =>
        {
            o.Policy = "weighted_by_load";
            o.LoadBalancing.ByLoad.Blackout = TimeSpan.Zero;
            o.LoadBalancing.ByLoad.UpdatePeriod = TimeSpan.FromMilliseconds(100);
        });

        await Eventually.IsTrueAsync(
            async () =>
            {
                var (busyBefore, idleBefore) = (busy.Ran, idle.Ran);
                for (var i = 0; i < 50; i++)
                {
                    using var response = await app.Client.GetAsync("/");
                }

                return idle.Ran - idleBefore > 2 * (busy.Ran - busyBefore);
            },
            Patience, "the idle one gets more than twice as much");
    }

    [Fact]
    public async Task Recall_reads_how_many_requests_of_others_a_server_has_in_flight()
    {
        var end = new TaskCompletionSource();
        await using var server = await ServerApp.StartAsync(context => context.Request.Path == "/long" ? end.Task : Task.CompletedTask);
        using var others = server.Client();
        var calls = Enumerable.Range(0, 5).Select(_ => others.GetAsync("/long")).ToList();
        await Eventually.IsTrueAsync(() => Task.FromResult(server.Ran == 5), Patience, "five calls of others run");
        await using var quiet = await ServerApp.StartAsync(static _ => Task.CompletedTask);
        await using var app = BalancedApp.To("orders", [server.Descriptor, quiet.Descriptor],
            clusterOptions: static o => o.LoadBalancing.InFlightHeader = "x-requests-in-flight");

        await Eventually.IsTrueAsync(
            async () =>
            {
                using var response = await app.Client.GetAsync("/");
                return OthersAt(app, server) == 5;
            },
            Patience, "an answer of the busy one has said so");
        Assert.Equal(0, OthersAt(app, quiet));
        end.SetResult();
        await Task.WhenAll(calls);
    }

    private static float OthersAt(BalancedApp app, ServerApp server) =>
        app.Cluster.Snapshot.Endpoints.Single(endpoint => endpoint.Authority == server.Address.Authority).Hot.Recall.Others;

    private static void Report(ClientLb.AspNetCore.ClientLbServerOptions options, double utilization)
    {
        options.LoadReport = ClientLb.AspNetCore.LoadReportFormat.Text;
        options.ApplicationUtilization = () => utilization;
    }
}
