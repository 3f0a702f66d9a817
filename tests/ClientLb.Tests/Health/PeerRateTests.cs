using ClientLb.Endpoints;
using ClientLb.Health;
using Moq;

namespace ClientLb.Tests.Health;

/// <summary>Success rates, and shares of 4xx, against peers.</summary>
public class PeerRateTests
{
    [Fact]
    public void Rate_far_below_those_of_the_peers_ejects_and_says_the_numbers()
    {
        var ward = new PeerWard(10).AttemptsOfAll(1000, 100, 10, 10, 10, 10, 10, 10, 10, 10, 10).Review();

        Assert.Equal([0], ward.Ejected);
        var status = ward.Ward.Status(0);
        Assert.Equal(Evidence.WorseThanPeers, status.Evidence);
        Assert.StartsWith("failed: 10 % of 1000 attempts in 10s against a mean of 1.9 % of 10 endpoints", status.Reason, StringComparison.Ordinal);
        ward.Ward.Listener.Verify(l => l.OnDetected(ward.Ward[0], Detector.SuccessRate, Guard.None), Times.Once);
    }

    [Theory]
    [InlineData(50, true)]
    [InlineData(51, false)]
    public void Gap_less_than_five_points_is_left_alone_however_sure_it_is(int percentOfPeers, bool ejects)
    {
        // Nine at p, one ten points worse or less: the mean itself moves by a tenth of the distance.
        var peers = percentOfPeers * 100;
        var worst = peers + (ejects ? 560 : 550);
        var ward = new PeerWard(10).AttemptsOfAll(10_000, worst, peers, peers, peers, peers, peers, peers, peers, peers, peers).Review();

        Assert.Equal(ejects ? [0] : [], ward.Ejected);
    }

    [Theory]
    [InlineData(9, false)]
    [InlineData(10, true)]
    public void Chance_of_one_in_a_million_is_what_separates_noise_from_fault(int failures, bool ejects)
    {
        // Peers 9 of 900, smoothed 10 of 902: P(X >= 9) of 100 is 1.9e-6, P(X >= 10) is 2e-7.
        Assert.Equal(ejects, BinomialTail.AtLeast(failures, 100, 10 / 902.0) < 1e-6);
        var ward = new PeerWard(10).AttemptsOfAll(100, failures, 1, 1, 1, 1, 1, 1, 1, 1, 1).Review();

        Assert.Equal(ejects ? [0] : [], ward.Ejected);
    }

    [Fact]
    public void A50_needs_neither_the_gap_nor_the_significance()
    {
        int[] failures = [3, 1, 1, 1, 1, 1, 1, 1, 1, 1];

        Assert.Empty(new PeerWard(10).AttemptsOfAll(100, failures).Review().Ejected);
        Assert.Equal([0], new PeerWard(10, o => o.SuccessRate.Statistics = SuccessRateStatistics.A50).AttemptsOfAll(100, failures).Review().Ejected);
    }

    [Fact]
    public void A50_equal_rates_eject_nobody_by_rounding()
    {
        for (var failures = 1; failures < 100; failures++)
        {
            var ward = new PeerWard(7, o => o.SuccessRate.Statistics = SuccessRateStatistics.A50);
            ward.AttemptsOfAll(101, failures, failures, failures, failures, failures, failures, failures).Review();

            Assert.Empty(ward.Ejected);
        }
    }

    [Fact]
    public void Hosts_with_too_few_attempts_are_neither_judged_nor_counted()
    {
        // Four with enough are too few to compare; the sixth would be worst by far.
        var few = new PeerWard(6).AttemptsOfAll(100, 60, 0, 0, 0).Attempts(4, 99, 0).Attempts(5, 99, 99).Review();
        Assert.Empty(few.Ejected);

        var enough = new PeerWard(6).AttemptsOfAll(100, 60, 0, 0, 0, 0).Attempts(5, 99, 99).Review();
        Assert.Equal([0], enough.Ejected);
    }

    [Fact]
    public void Interval_is_closed_at_each_review_and_nothing_counts_twice()
    {
        var ward = new PeerWard(5);
        ward.AttemptsOfAll(60, 30, 0, 0, 0, 0).Review();
        ward.AttemptsOfAll(60, 30, 0, 0, 0, 0).Review();
        Assert.Empty(ward.Ejected);

        ward.AttemptsOfAll(60, 30, 0, 0, 0, 0).Review(9.9);
        ward.AttemptsOfAll(60, 30, 0, 0, 0, 0).Review(0.2);
        Assert.Equal([0], ward.Ejected);
    }

    [Fact]
    public void Return_to_health_starts_with_a_clean_interval()
    {
        var ward = new PeerWard(5).AttemptsOfAll(200, 100, 0, 0, 0, 0).Review();
        Assert.Equal([0], ward.Ejected);
        ward.Attempts(0, 200, 200);
        ward.Ward.PassToProbation(0);
        ward.Ward.End(0, OutcomeKind.Success, ward.Ward.Now);

        for (var i = 0; i < 5; i++)
        {
            ward.Attempts(i, 200, 0);
        }

        Assert.Empty(ward.Review(9).Ejected);
    }

    [Fact]
    public void Priorities_are_compared_within_themselves()
    {
        // The later priority fails everywhere as one does: among all ten it would be half of them.
        var ward = new PeerWard(10);
        for (var i = 0; i < 10; i++)
        {
            ward.Ward[i].Descriptor = ward.Ward[i].Descriptor with { Priority = i % 2 };
            ward.Attempts(i, 200, i == 4 ? 60 : i % 2 == 0 ? 0 : 40);
        }

        Assert.Equal([4], ward.Review().Ejected);
    }

    [Theory]
    [InlineData("draining")]
    [InlineData("critical")]
    [InlineData("ordered")]
    [InlineData("ejected")]
    public void Who_is_out_is_neither_judged_nor_a_measure(string why)
    {
        var ward = new PeerWard(6).AttemptsOfAll(200, 100, 100, 2, 2, 2, 2);
        var other = ward.Ward[1];
        switch (why)
        {
            case "draining":
                other.Descriptor = other.Descriptor with { Weight = 0 };
                break;
            case "critical":
                other.Descriptor = other.Descriptor with { Status = RegistryStatus.Critical };
                break;
            case "ordered":
                ward.Ward.Judge.Machine.Order(other, new ManualOrder(ManualOrderKind.Isolate, long.MaxValue, "because"));
                break;
            default:
                ward.Ward.Refuse(1);
                break;
        }

        // Two of six that fail are too many for the standard deviation: sqrt(4 / 2) is less than 1.9. One of five is not.
        ward.Review(0.5);
        var before = ward.Ward.Status(1);
        ward.Review(9.5);

        Assert.Equal(HealthState.Ejected, ward.Ward.State(0));
        Assert.Same(before.Evidence == Evidence.Refused ? before : HealthStatus.Healthy, ward.Ward.Status(1));
    }

    [Fact]
    public void Off_nobody_is_compared()
    {
        Assert.Empty(new PeerWard(5, o => o.SuccessRate.Enabled = false).AttemptsOfAll(200, 100, 0, 0, 0, 0).Review().Ejected);
        Assert.Empty(new PeerWard(5, o => o.Enabled = false).AttemptsOfAll(200, 100, 0, 0, 0, 0).Review().Ejected);
    }

    [Fact]
    public void ClientErrors_are_observed_and_counted_and_said_once_but_eject_nobody()
    {
        var ward = new PeerWard(6);
        for (var i = 0; i < 6; i++)
        {
            ward.Answers(i, 404, i == 0 ? 100 : 4).Answers(i, 200, 200);
        }

        ward.Review();

        Assert.Empty(ward.Ejected);
        ward.Ward.Listener.Verify(l => l.OnDetected(ward.Ward[0], Detector.ClientErrors, Guard.NotEnforced), Times.Once);
        ward.Ward.Listener.Verify(l => l.OnDetected(It.IsAny<Endpoint>(), Detector.SuccessRate, It.IsAny<Guard>()), Times.Never);
        ward.Ward.Listener.Verify(l => l.OnEjectionPrevented(
            ward.Ward[0], It.Is<string>(text => text.StartsWith("4xx: 33.33 % of 300 attempts", StringComparison.Ordinal)), "its detector is enforced at 0 % only"), Times.Once);
    }

    [Fact]
    public void ClientErrors_eject_where_that_is_wanted()
    {
        var ward = new PeerWard(6, o => o.Enforcement.ClientErrors = 100);
        for (var i = 0; i < 6; i++)
        {
            ward.Answers(i, 404, i == 0 ? 100 : 4).Answers(i, 200, 200);
        }

        Assert.Equal([0], ward.Review().Ejected);
    }

    [Fact]
    public void ClientErrors_are_successes_and_5xx_that_count_as_such_are_none()
    {
        var ward = new PeerWard(2).Answers(0, 404, 3).Answers(0, 501, 2).Answers(0, 399, 1).Answers(0, 499, 1);

        Assert.Equal(new OutcomeCounts(7, 0, 4), ward.Ward[0].Health.CloseInterval());
        Assert.Equal((7, 0), ward.Ward[0].Health.Window.Read(ward.Ward.Now));
    }

    [Fact]
    public void Review_allocates_nothing_where_nothing_is_found()
    {
        var ward = new PeerWard(50);
        var review = new PeerReview(ward.Ward.Judge.Machine, ward.Ward.Now);
        long Round()
        {
            for (var i = 0; i < 50; i++)
            {
                ward.Attempts(i, 100, 1).Latency(i, 10 + i);
            }

            ward.Ward.Time.Advance(10);
            var now = ward.Ward.Now;
            var before = GC.GetAllocatedBytesForCurrentThread();
            review.Look(now);
            return GC.GetAllocatedBytesForCurrentThread() - before;
        }

        Round();
        Round();

        Assert.Equal(0, Math.Min(Round(), Round()));
    }
}
