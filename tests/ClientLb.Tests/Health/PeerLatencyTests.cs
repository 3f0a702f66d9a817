using ClientLb.Endpoints;
using ClientLb.Health;
using Moq;

namespace ClientLb.Tests.Health;

/// <summary>Latencies against peers.</summary>
public class PeerLatencyTests
{
    [Fact]
    public void Median_far_above_those_of_the_peers_ejects_and_says_the_numbers()
    {
        var ward = Fleet(10, 18).Latency(0, 300).Review();

        Assert.Equal([0], ward.Ejected);
        Assert.Equal(Evidence.Slow, ward.Ward.Status(0).Evidence);

        // The upper edges of the histogram's buckets.
        Assert.Equal("slow: median 314.573 ms against 19.661 ms of 9 peers", ward.Ward.Status(0).Reason);
        ward.Ward.Listener.Verify(l => l.OnDetected(ward.Ward[0], Detector.Latency, Guard.None), Times.Once);
    }

    [Theory]
    [InlineData(1, 15, false)]
    [InlineData(1, 30, true)]
    [InlineData(100, 250, false)]
    [InlineData(100, 500, true)]
    public void Three_times_the_median_and_twenty_milliseconds_are_both_needed(double peers, double slow, bool ejects) =>
        Assert.Equal(ejects ? [0] : [], Fleet(6, peers).Latency(0, slow).Review().Ejected);

    [Fact]
    public void Peers_that_differ_among_themselves_excuse_one_more_that_does()
    {
        // Their median is 100 ms and the median of their deviations 80 ms: five of those are more than twice the median.
        PeerWard Of(double slowest) => new PeerWard(8).Latency(1, 10).Latency(2, 10).Latency(3, 20).Latency(4, 100).Latency(5, 180).Latency(6, 180).Latency(7, 180)
            .Latency(0, slowest).Review();

        Assert.Empty(Of(400).Ejected);
        Assert.Equal([0], Of(700).Ejected);
    }

    [Fact]
    public void Three_peers_with_twenty_samples_each_are_needed()
    {
        Assert.Empty(Fleet(3, 10).Latency(0, 500).Review().Ejected);
        Assert.Empty(new PeerWard(4).Latency(0, 500).Latency(1, 10).Latency(2, 10).Latency(3, 10, samples: 19).Review().Ejected);
        Assert.Equal([0], new PeerWard(4).Latency(0, 500).Latency(1, 10).Latency(2, 10).Latency(3, 10, samples: 20).Review().Ejected);
        Assert.Empty(new PeerWard(4).Latency(0, 500, samples: 19).Latency(1, 10).Latency(2, 10).Latency(3, 10).Review().Ejected);
    }

    [Fact]
    public void Sample_that_stands_for_eight_is_one_sample()
    {
        var ward = new PeerWard(4).Latency(1, 10).Latency(2, 10).Latency(3, 10);
        for (var i = 0; i < 19; i++)
        {
            ward.Ward[0].Load.Latencies.Add(TimeSpan.FromMilliseconds(500).Ticks, 8);
        }

        Assert.Empty(ward.Review().Ejected);
        ward.Ward[0].Load.Latencies.Add(TimeSpan.FromMilliseconds(500).Ticks, 8);
        Assert.Equal([0], ward.Review().Ejected);
    }

    [Fact]
    public void Several_slow_ones_go_the_slowest_first_as_far_as_the_guards_allow()
    {
        var ward = new PeerWard(10, o => o.MaxEjectedShare = 0.2);
        for (var i = 4; i < 10; i++)
        {
            ward.Latency(i, 10);
        }

        ward.Latency(0, 300).Latency(1, 600).Latency(2, 900).Latency(3, 100).Review();

        Assert.Equal([1, 2], ward.Ejected);
    }

    [Fact]
    public void Return_to_health_the_old_latencies_do_not_accuse_it_again()
    {
        var ward = Fleet(5, 10).Latency(0, 500, samples: 5000).Review();
        Assert.Equal([0], ward.Ejected);
        ward.Ward.PassToProbation(0);
        ward.Ward.End(0, OutcomeKind.Success, ward.Ward.Now);
        Assert.Equal(HealthState.Healthy, ward.Ward.State(0));

        Assert.Empty(ward.Review().Ejected);
        Assert.Empty(ward.Latency(0, 10, samples: 20).Review().Ejected);
        Assert.Equal([0], ward.Latency(0, 500, samples: 100).Review().Ejected);
    }

    [Fact]
    public void Off_nobody_is_compared() =>
        Assert.Empty(new PeerWard(4, o => o.Latency.Enabled = false).Latency(0, 500).Latency(1, 10).Latency(2, 10).Latency(3, 10).Review().Ejected);

    [Theory]
    [InlineData(new long[] { 1, 2, 3, 4 }, 3, 2)]
    [InlineData(new long[] { 1, 2, 3, 4 }, 0, 3)]
    [InlineData(new long[] { 1, 2, 4, 8, 16 }, 4, 3)]
    [InlineData(new long[] { 1, 2, 4, 8, 16 }, 0, 6)]
    [InlineData(new long[] { 1, 2, 4, 8, 16 }, 2, 5)]
    public void Median_without_one(long[] sorted, int index, long median) => Assert.Equal(median, LatencyReview.MedianWithout(sorted, index));

    private static PeerWard Fleet(int endpoints, double milliseconds)
    {
        var ward = new PeerWard(endpoints);
        for (var i = 1; i < endpoints; i++)
        {
            ward.Latency(i, milliseconds);
        }

        return ward;
    }
}
