using ClientLb.Balancing;
using ClientLb.Endpoints;

namespace ClientLb.Tests.Balancing;

/// <summary>A client that makes one call after another: it sees no load of its own, and yet must not wear one endpoint out.</summary>
public sealed class OneClientTests
{
    public static TheoryData<string> Spreading => Policies.Spreading;

    [Theory]
    [MemberData(nameof(Spreading))]
    public void Of_three_equal_endpoints_none_gets_more_than_60_percent(string policy)
    {
        foreach (var (pause, spread) in new (double Pause, double Spread)[] { (0, 0), (0, 0.5), (0, 1), (0.1, 0), (0.1, 0.5), (0.1, 1) })
        {
            const int Calls = 3_000;
            var counts = Call(policy, endpoints: 3, Calls, pause, spread);

            Assert.True(counts.Max() <= 0.6 * Calls, $"pause {pause} s, spread {spread}: {string.Join(", ", counts)}");
        }
    }

    [Theory]
    [MemberData(nameof(Spreading))]
    public void Of_ten_equal_endpoints_none_starves(string policy)
    {
        var counts = Call(policy, endpoints: 10, calls: 10_000, pause: 0.01, spread: 0.5);

        Assert.True(counts.Min() >= 100, string.Join(", ", counts));
    }

    /// <summary>Calls in a row, of a log-normal duration around 5 ms.</summary>
    private static int[] Call(string policy, int endpoints, int calls, double pause, double spread, ulong seed = 9)
    {
        var fleet = Fleet.OfEqual(endpoints);
        var picker = fleet.Compile(policy, seed);
        var random = new SeededRandomSource(seed);
        var counts = new int[endpoints];
        var now = Fleet.Now;
        for (var i = 0; i < calls; i++)
        {
            var endpoint = picker.Pick(new PickContext(now))!;
            Assert.True(endpoint.Load.TryAcquire(now, LeaseRule.Normal));
            counts[Fleet.IndexOf(endpoint)]++;
            var start = now;
            now += (long)(5 * TimeSpan.TicksPerMillisecond * Math.Exp(spread * Normal(random)));
            endpoint.Load.Release(start);
            endpoint.Load.ObserveLatency(now, now - start);
            picker.OnOutcome(endpoint, new AttemptReport(OutcomeKind.Success, Evidence.None, start, now));
            now += (long)(pause * TimeSpan.TicksPerSecond);
        }

        return counts;
    }

    private static double Normal(SeededRandomSource random)
    {
        double Uniform() => ((random.NextBits() >> 11) + 1) * (1.0 / ((1UL << 53) + 1));

        return Math.Sqrt(-2 * Math.Log(Uniform())) * Math.Cos(2 * Math.PI * Uniform());
    }
}
