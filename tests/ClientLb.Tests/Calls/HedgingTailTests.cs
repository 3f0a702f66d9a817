using ClientLb.Calls;
using ClientLb.Clusters;
using ClientLb.Tests.Infrastructure;
using Xunit.Abstractions;

namespace ClientLb.Tests.Calls;

/// <summary>What hedging is for, in virtual time: a few answers are 50 times as slow as the others, at any endpoint.</summary>
public class HedgingTailTests(ITestOutputHelper output)
{
    private const int WarmUp = 2_000;
    private const int Calls = 20_000;

    [Theory]
    [InlineData(0.95, 0.02, 1.06, 1)]
    [InlineData(0.95, 0.02, 1.06, 2)]
    [InlineData(0.97, 0.01, 1.035, 1)]
    [InlineData(0.97, 0.01, 1.035, 2)]
    public async Task Few_slow_answers_hardly_show_and_little_is_added(double percentile, double slow, double mostAttempts, int seed)
    {
        var calm = await RunAsync(0, new HedgingOptions(), seed);
        var plain = await RunAsync(slow, new HedgingOptions(), seed);
        var hedged = await RunAsync(slow, new HedgingOptions { Percentile = percentile }, seed);

        output.WriteLine($"no slow answers: {calm}; {slow:P0} slow: {plain}; hedged at {percentile}: {hedged}");
        Assert.True(plain.P99 > 2 * calm.P99 || slow <= 0.01, "Without hedging the slow answers must show.");
        Assert.InRange(hedged.P99, 0, 2 * calm.P99);
        Assert.True(hedged.P999 < plain.P999 / 2, "The last thousandth gains most.");
        Assert.InRange(hedged.Attempts, 1.005, mostAttempts);
    }

    /// <summary>1,000 calls a second to ten endpoints; answers take 4 to some 40 ms, log-normal.</summary>
    private static async Task<Tail> RunAsync(double slow, HedgingOptions hedging, int seed)
    {
        var random = new Random(seed);
        TimeProvider time = null!;
        var script = new Script(async (_, _, token) =>
        {
            var normal = Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble());
            var milliseconds = 10 * Math.Exp(0.4 * normal) * (random.NextDouble() < slow ? 50 : 1);
            await Task.Delay(TimeSpan.FromMilliseconds(milliseconds), time, token).ConfigureAwait(false);
            return "fine";
        });
        using var bench = new CallBench(10, script, null, new ClusterOptions { Policy = "round_robin" }, hedging);
        time = bench.Cluster.Time;
        var latencies = new List<double>(Calls);
        var calls = new List<Task>();
        var sent = 0;
        for (var i = 0; i < WarmUp + Calls; i++)
        {
            if (i == WarmUp)
            {
                sent = script.Sent.Count;
            }

            calls.Add(MeasureAsync(bench, i >= WarmUp ? latencies : null));
            bench.Cluster.Time.Advance(0.001);
            if (i % 100 == 0)
            {
                bench.Cluster.Cluster.Loop.Step();
            }
        }

        bench.Cluster.Time.Advance(10);
        await Task.WhenAll(calls).WaitAsync(TimeSpan.FromSeconds(60));
        latencies.Sort();
        return new Tail(latencies[(int)(0.99 * Calls)], latencies[(int)(0.999 * Calls)], (script.Sent.Count - sent) / (double)Calls);
    }

    private static async Task MeasureAsync(CallBench bench, List<double>? latencies)
    {
        var start = bench.Cluster.Time.GetTimestamp();
        await bench.CallAsync().ConfigureAwait(false);
        var milliseconds = bench.Cluster.Time.GetElapsedTime(start).TotalMilliseconds;
        if (latencies is not null)
        {
            lock (latencies)
            {
                latencies.Add(milliseconds);
            }
        }
    }

    private readonly record struct Tail(double P99, double P999, double Attempts)
    {
        public override string ToString() => FormattableString.Invariant($"p99 {P99:0.0} ms, p99.9 {P999:0.0} ms, {Attempts:0.000} attempts a call");
    }
}
