using System.Diagnostics;
using System.Globalization;
using ClientLb.IntegrationTests.Infrastructure;
using Microsoft.Extensions.DependencyInjection;
using Xunit.Abstractions;

namespace ClientLb.IntegrationTests.EndToEnd;

/// <summary>
/// Both sides of the call: three real servers that register themselves are stopped and started again in turn under 200 calls a second.
/// <c>CLIENTLB_ROUNDS=10</c> makes ten rounds of it instead of two.
/// </summary>
public class RollingRestartTests(ITestOutputHelper output)
{
    // A name of its own: the meter is heard for the whole process.
    private const string Service = "rolling";

    private static readonly string[] s_nobodyThere = ["refused", "reset", "unreachable"];
    private static readonly int s_rounds = int.Parse(Environment.GetEnvironmentVariable("CLIENTLB_ROUNDS") ?? "2", CultureInfo.InvariantCulture);

    [ConsulFact]
    public async Task Rolling_restarts_of_registered_servers_cost_no_call()
    {
        await using var agent = await ConsulAgent.StartDevAsync();
        await using var one = new RegisteredBackend(agent.Uri, "Name=" + Service);
        await using var two = new RegisteredBackend(agent.Uri, "Name=" + Service);
        await using var three = new RegisteredBackend(agent.Uri, "Name=" + Service);
        RegisteredBackend[] backends = [one, two, three];
        await Task.WhenAll(backends.Select(static b => b.StartAsync()));
        using var meter = new MeterReader(Service);
        await using var app = BalancedApp.Of(
            Service, services => services.AddClientLb().AddConsul(o => o.Addresses.Add(agent.Uri.AbsoluteUri)));
        await Eventually.IsTrueAsync(
            () => Task.FromResult(app.Cluster.Snapshot.Eligible.Count == backends.Length), TimeSpan.FromSeconds(20), "all are registered");
        var gets = SteadyLoad.Start(app.Client, "/delay/5", 200);

        // Nothing may repeat a POST: that none fails is the work of the servers, which are left before they end.
        var posts = SteadyLoad.Start(app.Client, "/delay/5", 100, HttpMethod.Post);
        foreach (var backend in backends)
        {
            await gets.AnswersFromAsync(backend.Authority);
        }

        var clock = Stopwatch.StartNew();
        var ends = new List<double>();
        for (var round = 0; round < s_rounds; round++)
        {
            foreach (var backend in backends)
            {
                ends.Add((await backend.StopAsync()).TotalMilliseconds);
                await backend.StartAsync();
                await gets.AnswersFromAsync(backend.Authority, more: 20);
            }
        }

        var took = clock.Elapsed;
        var calls = await gets.StopWithoutFailureAsync(app.Log);
        var changes = await posts.StopWithoutFailureAsync(app.Log);
        var missed = s_nobodyThere.Sum(reason => meter.Sum("clientlb.retries", ("clientlb.reason", reason)));
        output.WriteLine($"{s_rounds * 3} restarts in {took.TotalSeconds:0.0} s: {calls} GETs and {changes} POSTs, none failed; "
            + $"{missed} attempts found nobody; an end took {ends.Min():0} to {ends.Max():0} ms");

        // The library makes good what finds nobody, so only this shows that the servers were left in time. Not none: the machine may be busy.
        Assert.True(missed <= s_rounds, $"{missed} attempts found nobody.");
        Assert.True(calls > s_rounds * 100 && changes > s_rounds * 50, $"{calls} and {changes} calls");
    }
}
