using ClientLb.Clusters;
using ClientLb.Tests.Infrastructure;

namespace ClientLb.Tests.Clusters;

public sealed class AnswerFloorTests
{
    [Fact]
    public void Floor_is_a_millisecond_where_little_is_known()
    {
        using var bench = TestCluster.Of(3);
        Add(bench, 1, 19, 800);

        Assert.Equal(1, Floor(bench));
    }

    [Fact]
    public void Floor_is_what_hardly_any_answer_of_the_quickest_endpoint_is_below()
    {
        using var bench = TestCluster.Of(3);
        Add(bench, 1, 100, 800);
        Add(bench, 2, 20, 80);
        Add(bench, 2, 80, 300);

        // Within a quarter, as fine as the histogram is.
        Assert.InRange(Floor(bench), 60, 80);
    }

    [Fact]
    public void Quick_answers_have_the_least_floor()
    {
        using var bench = TestCluster.Of(2);
        Add(bench, 1, 50, 0.2);
        Add(bench, 2, 50, 80);

        Assert.Equal(1, Floor(bench));
    }

    [Fact]
    public void Floor_follows_within_a_second()
    {
        using var bench = TestCluster.Of(1);
        var floor = new AnswerFloor();
        Assert.Equal(AnswerFloor.Least, floor.Of(bench.Snapshot, bench.Clock.Now));
        Add(bench, 1, 50, 80);

        bench.Time.Advance(0.9);
        Assert.Equal(AnswerFloor.Least, floor.Of(bench.Snapshot, bench.Clock.Now));
        bench.Time.Advance(0.1);
        Assert.InRange(TimeSpan.FromTicks(floor.Of(bench.Snapshot, bench.Clock.Now)).TotalMilliseconds, 60, 80);
    }

    [Fact]
    public void Only_who_is_in_use_counts()
    {
        using var bench = TestCluster.Of(2);
        Add(bench, 1, 50, 0.2);
        Add(bench, 2, 50, 80);
        bench.List(TestCluster.At(2));
        Assert.Equal([2], bench.Eligible());

        Assert.InRange(Floor(bench), 60, 80);
    }

    [Fact]
    public void Of_very_many_endpoints_some_are_read()
    {
        using var bench = TestCluster.Of(600);
        foreach (var endpoint in bench.Snapshot.Endpoints)
        {
            Add(bench, endpoint.Port, 20, 80);
        }

        Assert.InRange(Floor(bench), 60, 80);
    }

    private static double Floor(TestCluster bench) => TimeSpan.FromTicks(new AnswerFloor().Of(bench.Snapshot, bench.Clock.Now)).TotalMilliseconds;

    private static void Add(TestCluster bench, int port, int count, double milliseconds)
    {
        var latencies = bench[port].Latencies;
        for (var i = 0; i < count; i++)
        {
            latencies.Add(TimeSpan.FromMilliseconds(milliseconds).Ticks);
        }
    }
}
