using System.Globalization;
using ClientLb.Endpoints;
using ClientLb.Samples.Failover.Fleet;
using ClientLb.Samples.Failover.Load;
using ClientLb.Samples.Failover.Observation;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace ClientLb.Samples.Failover.Overload;

/// <summary>
/// Six backends that can do no more than they can, at 80 % of it; three are frozen for ten seconds and thawed. What is left can't carry the load: it must go on doing all that it can, and the load that is
/// too much must not become more by retries.
/// </summary>
internal static class OverloadProgram
{
    /// <summary>The word on the command line.</summary>
    public const string Verb = "overload";

    private const int Backends = 6;
    private const int Frozen = 3;
    private const int Places = 4;
    private const int Milliseconds = 40;
    private const double Utilization = 0.8;

    private static readonly TimeSpan s_before = TimeSpan.FromSeconds(6);
    private static readonly TimeSpan s_outage = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan s_after = TimeSpan.FromSeconds(10);

    private static int Rate => (int)(Utilization * Backends * PerBackend);

    private static double PerBackend => Places * 1000.0 / Milliseconds;

    public static async Task<int> RunAsync()
    {
        using var journal = new Journal();
        using var meter = new AttemptMeter();
        await using var registry = new FixedRegistry();
        var network = new Loopback();
        var backends = Enumerable.Range(1, Backends).Select(i => new Backend($"orders-{i}", registry, network.Next(), relay: null, i)).ToList();
        try
        {
            await Task.WhenAll(backends.Select(static backend => backend.StartAsync(CancellationToken.None)));
            backends.ForEach(static backend => backend.Tell(FormattableString.Invariant($"limit {Places} {Milliseconds}")));
            var services = new ServiceCollection();
            services.AddLogging(logging => logging.AddProvider(journal).AddFilter("System.Net.Http", LogLevel.Warning));
            registry.AddTo(services.AddClientLb());
            services.AddLoadBalancedHttpClient("orders");
            await using var provider = services.BuildServiceProvider();
            using var client = provider.GetRequiredService<IHttpClientFactory>().CreateClient("orders");
            using var load = new LoadGenerator(() => CallAsync(client), Rate);
            load.Start();
            await Task.Delay(s_before);
            var hurt = MonotonicClock.System.Now;
            backends.Take(Frozen).ToList().ForEach(static backend => backend.Freeze());
            await Task.Delay(s_outage);
            var healed = MonotonicClock.System.Now;
            await Task.WhenAll(backends.Take(Frozen).Select(static backend => backend.ThawAsync()));
            await Task.Delay(s_after);
            await load.StopAsync();
            return Judge([.. load.Calls], [.. meter.Attempts], hurt, healed);
        }
        finally
        {
            await Task.WhenAll(backends.Select(static backend => backend.DisposeAsync().AsTask()));
        }
    }

    private static async Task<(string Status, bool IsFailed)> CallAsync(HttpClient client)
    {
        using var response = await client.GetAsync("orders/17");
        return (((int)response.StatusCode).ToString(CultureInfo.InvariantCulture), !response.IsSuccessStatusCode);
    }

    private static int Judge(List<CallRecord> calls, List<AttemptRecord> attempts, long hurt, long healed)
    {
        var seconds = (healed - hurt) / (double)MonotonicClock.TicksPerSecond;
        var can = (Backends - Frozen) * PerBackend * seconds;
        var good = calls.Where(static c => !c.IsFailed).Select(static c => c.StartedAt + c.Duration).Order().ToList();
        var goodput = good.Count(at => at >= hurt && at < healed) / can;
        var begun = calls.Count(c => c.StartedAt >= hurt && c.StartedAt < healed);
        var perCall = attempts.Count(a => a.StartedAt >= hurt && a.StartedAt < healed) / (double)begun;
        var caught = calls.Count(c => c.IsFailed && IsCaught(c, hurt));
        var refused = calls.Count(c => c.IsFailed && c.StartedAt >= hurt && c.StartedAt < healed);
        var recovery = RecoveryOf(good, healed);
        Console.WriteLine(FormattableString.Invariant($"{Backends} backends of {PerBackend:0}/s each, {Rate} calls/s ({Utilization:P0}), {Frozen} frozen for {seconds:0.0} s: the rest can serve {100 * can / begun:0} % of what is asked"));
        Console.WriteLine(FormattableString.Invariant($"before    {calls.Count(c => c.IsFailed && c.StartedAt < hurt && !IsCaught(c, hurt))} failed; in flight when the fault came {calls.Count(c => IsCaught(c, hurt))}, of which {caught} failed"));
        Console.WriteLine(FormattableString.Invariant($"during    goodput {goodput:P1} of what the rest can serve (at least 95 %); {refused} of {begun} calls failed: {Reasons(calls, hurt, healed)}"));
        Console.WriteLine(FormattableString.Invariant($"          {perCall:0.00} attempts a call (at most 1.0)"));
        Console.WriteLine(FormattableString.Invariant($"after     as before the fault within {recovery:0.0} s (at most 2 s)"));
        return goodput >= 0.95 && perCall <= 1.0 && recovery <= 2 ? 0 : 1;
    }

    /// <summary>Begun before the fault, and not over when it came.</summary>
    private static bool IsCaught(CallRecord call, long hurt) => call.StartedAt < hurt && call.StartedAt + call.Duration >= hurt;

    /// <summary>When the first second begins in which 95 % of what is asked is answered.</summary>
    private static double RecoveryOf(List<long> good, long healed)
    {
        for (var step = 0; step < 10 * s_after.TotalSeconds; step++)
        {
            var from = healed + (step * MonotonicClock.TicksPerSecond / 10);
            if (good.Count(at => at >= from && at < from + MonotonicClock.TicksPerSecond) >= 0.95 * Rate)
            {
                return step / 10.0;
            }
        }

        return double.PositiveInfinity;
    }

    private static string Reasons(List<CallRecord> calls, long hurt, long healed) => string.Join(", ", calls
        .Where(c => c.IsFailed && c.StartedAt >= hurt && c.StartedAt < healed).CountBy(static c => c.Status).OrderByDescending(static r => r.Value).Select(static r => $"{r.Value} {r.Key}"));
}
