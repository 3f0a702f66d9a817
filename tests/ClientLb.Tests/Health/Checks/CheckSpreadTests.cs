using ClientLb.Health;

namespace ClientLb.Tests.Health.Checks;

/// <summary>Checks are spread over the interval and stay so.</summary>
public class CheckSpreadTests
{
    [Fact]
    public void Ten_thousand_endpoints_no_tenth_of_a_second_has_twice_the_mean()
    {
        using var cluster = CheckedCluster.Of(10_000, static options => options.Interval = TimeSpan.FromSeconds(10));

        cluster.Pass(40);

        var mean = 10_000 * 0.1 / 10;
        var windows = cluster.Checks.GroupBy(static check => (int)(check.At * 10)).ToDictionary(static group => group.Key, static group => group.Count());
        Assert.True(windows.Values.Max() <= 2 * mean, $"{windows.Values.Max()} checks in one window, {mean} on average.");
        Assert.InRange(cluster.Checks.Count, 38_000, 42_000);
        Assert.All(cluster.Checks.GroupBy(static check => check.Port), static checks => Assert.InRange(checks.Count(), 3, 5));
    }

    [Fact]
    public void Each_endpoint_is_checked_once_an_interval_with_jitter()
    {
        using var cluster = CheckedCluster.Of(20);

        cluster.Pass(100);

        foreach (var checks in cluster.Checks.GroupBy(static check => check.Port))
        {
            var times = checks.Select(static check => check.At).ToList();
            var gaps = times.Zip(times.Skip(1), static (one, other) => other - one).ToList();
            Assert.InRange(times.Count, 19, 21);
            Assert.All(gaps, static gap => Assert.InRange(gap, 3.9, 6.1));
            Assert.True(gaps.Max() - gaps.Min() > 0.1, "No jitter.");
        }
    }

    [Fact]
    public void After_a_pause_of_the_process_the_checks_do_not_come_in_a_crowd()
    {
        using var cluster = CheckedCluster.Of(5_000, static options => options.Interval = TimeSpan.FromSeconds(5));
        cluster.Pass(10);
        var before = cluster.Checks.Count;

        // Time passes without a timer: what would have been due is due at once.
        cluster.Inner.Time.Jump(3);
        cluster.Pass(0.1);

        Assert.InRange(cluster.Checks.Count - before, 50, 200);
    }

    [Fact]
    public void Endpoints_that_failed_together_are_spread_again_when_they_pass()
    {
        using var cluster = CheckedCluster.Of(300, static options => options.Interval = TimeSpan.FromSeconds(10));
        cluster.Pass(10);
        cluster.Fails([.. Enumerable.Range(1, 300)]);
        cluster.Pass(30);
        cluster.Passes([.. Enumerable.Range(1, 300)]);
        cluster.Pass(20);
        var after = cluster.Now;

        cluster.Pass(30);

        var seconds = cluster.Checks.Where(check => check.At >= after).GroupBy(static check => (int)check.At).Select(static group => group.Count()).ToList();
        Assert.True(seconds.Max() <= 75, $"{seconds.Max()} checks in one second, 30 on average.");
    }

    [Fact]
    public void Where_many_fail_the_hurried_checks_are_a_hundred_a_second()
    {
        using var cluster = CheckedCluster.Of(1_000, static options => options.Interval = TimeSpan.FromSeconds(30));
        cluster.Fails([.. Enumerable.Range(1, 1_000)]);
        cluster.Pass(80);
        var before = cluster.Checks.Count;

        cluster.Pass(20);

        Assert.InRange(cluster.Checks.Count - before, 1_600, 2_400);
    }
}
