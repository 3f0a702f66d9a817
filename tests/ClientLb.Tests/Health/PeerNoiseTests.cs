using ClientLb.Clusters;
using ClientLb.Endpoints;
using ClientLb.Health;

namespace ClientLb.Tests.Health;

/// <summary>An hour of noise ejects nobody, and who is really worse is found.</summary>
public class PeerNoiseTests
{
    private const int Hour = 360;

    [Theory]
    [InlineData(5, 100, 4)]
    [InlineData(10, 100, 4)]
    [InlineData(10, 1000, 1)]
    [InlineData(50, 100, 2)]
    public void Noise_of_one_percent_and_latencies_that_vary_eject_nobody_in_an_hour(int hosts, int requests, int seeds)
    {
        for (var seed = 1; seed <= seeds; seed++)
        {
            using var fleet = new NoisyFleet(hosts, (ulong)seed);
            for (var interval = 0; interval < Hour; interval++)
            {
                fleet.Interval(requests, 0.01, 0.01);
            }

            Assert.True(fleet.Ejections == 0, $"seed {seed}: {fleet.Text}");
        }
    }

    [Fact]
    public void Noise_of_one_percent_is_what_the_pure_statistics_eject_for()
    {
        using var fleet = new NoisyFleet(10, 1, new ClusterOptions { OutlierDetection = { SuccessRate = { Statistics = SuccessRateStatistics.A50 } } });
        for (var interval = 0; interval < 30; interval++)
        {
            fleet.Interval(100, 0.01, 0.01);
        }

        // Why the default asks for more: in five minutes of nothing but noise the pure form has found somebody each minute or so.
        Assert.InRange(fleet.Ejections, 5, 60);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void Outlier_with_ten_percent_errors_among_one_percent_is_found_within_two_intervals(ulong seed)
    {
        using var fleet = new NoisyFleet(10, seed);

        fleet.Interval(1000, 0.01, 0.1);
        fleet.Interval(1000, 0.01, 0.1);

        Assert.Contains("10.0.0.1:1 ejected", fleet.Text, StringComparison.Ordinal);
        Assert.Contains("against a mean of", fleet.Text, StringComparison.Ordinal);
        Assert.DoesNotContain("10.0.0.1:2 ejected", fleet.Text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void Outlier_ten_times_as_slow_is_found_within_two_intervals(ulong seed)
    {
        using var fleet = new NoisyFleet(10, seed);

        fleet.Interval(100, 0.01, 0.01, slownessOfFirst: 10);
        fleet.Interval(100, 0.01, 0.01, slownessOfFirst: 10);

        Assert.Contains("10.0.0.1:1 ejected", fleet.Text, StringComparison.Ordinal);
        Assert.Contains("slow: median", fleet.Text, StringComparison.Ordinal);
        Assert.Equal(HealthState.Healthy, fleet[1].Health.Status.State);
    }

    [Fact]
    public void Outlier_that_stays_slow_is_out_for_longer_each_time()
    {
        using var fleet = new NoisyFleet(10, 1);
        for (var interval = 0; interval < 60; interval++)
        {
            fleet.Interval(100, 0, 0, slownessOfFirst: 10);
        }

        // It answers probation attempts, so it comes back; it takes some 40 s of samples to be found again, and each time it is out for twice as long.
        Assert.InRange(fleet.Ejections, 5, 12);
        Assert.Equal(fleet.Ejections, fleet[0].Health.Status.Ejections);
    }
}
