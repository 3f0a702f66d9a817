using ClientLb.Clusters;
using ClientLb.Endpoints;
using ClientLb.Tests.Infrastructure;

namespace ClientLb.Tests.Admission;

public class AdaptiveLimitTests : DistressTests
{
    [Fact]
    public void Healthy_endpoint_has_no_limit_however_much_is_in_flight()
    {
        Usual(1);
        Hold(1, 5000);
        Answer(1, 10);

        Assert.Equal(EndpointLoad.NoLimit, Limit(1));
    }

    [Theory]
    [InlineData(OutcomeKind.Failure, Evidence.AttemptTimeout, "no answer in time")]
    [InlineData(OutcomeKind.Failure, Evidence.Stalled, "stalled")]
    [InlineData(OutcomeKind.Overloaded, Evidence.OverloadStatus, "status 429")]
    public void First_distress_leaves_half_of_what_is_in_flight(OutcomeKind kind, Evidence evidence, string said)
    {
        Hold(1, 41);
        End(1, kind, evidence, 10);

        Assert.Equal((20, EndpointLoad.NoLimit), (Limit(1), Limit(2)));
        Assert.Equal($"Cluster orders: endpoint 10.0.0.1:1 is in distress ({said}); it gets at most 20 attempts at once, of 41 now.", Inner.Log.TextOf(320));
    }

    [Fact]
    public void One_attempt_in_flight_leaves_one_place()
    {
        Hold(1, 1);
        End(1, OutcomeKind.Failure, Evidence.AttemptTimeout, 10);

        Assert.Equal(1, Limit(1));
        Assert.True(Inner[1].Load.TryAcquire(Inner.Clock.Now, LeaseRule.OverlookAll));
    }

    [Theory]
    [InlineData(OutcomeKind.NotSent, Evidence.Refused)]
    [InlineData(OutcomeKind.NotSent, Evidence.Unreachable)]
    [InlineData(OutcomeKind.Ignored, Evidence.CallerCancelled)]
    [InlineData(OutcomeKind.Failure, Evidence.ErrorStatus)]
    [InlineData(OutcomeKind.Failure, Evidence.Reset)]
    public void What_says_nothing_of_its_strength_is_no_distress(OutcomeKind kind, Evidence evidence)
    {
        Usual(1);
        Hold(1, 40);
        for (var i = 0; i < 4; i++)
        {
            End(1, kind, evidence, kind == OutcomeKind.Failure ? 0.01 : 10);
        }

        Assert.Equal(EndpointLoad.NoLimit, Limit(1));
    }

    [Fact]
    public void Slow_failures_in_a_row_are_distress_two_of_them_are_not()
    {
        Usual(1);
        Hold(1, 40);
        End(1, OutcomeKind.Failure, Evidence.ErrorStatus, 0.09);
        End(1, OutcomeKind.Failure, Evidence.ErrorStatus, 0.09);
        Assert.Equal(EndpointLoad.NoLimit, Limit(1));
        End(1, OutcomeKind.Failure, Evidence.ErrorStatus, 0.09);

        Assert.Equal(19, Limit(1));
        Assert.Contains("slow failures", Inner.Log.TextOf(320), StringComparison.Ordinal);
    }

    [Fact]
    public void Slow_failures_of_a_few_milliseconds_are_none()
    {
        Usual(1, 0.001);
        Hold(1, 40);
        for (var i = 0; i < 4; i++)
        {
            End(1, OutcomeKind.Failure, Evidence.ErrorStatus, 0.015);
        }

        Assert.Equal(EndpointLoad.NoLimit, Limit(1));
    }

    [Fact]
    public void Slow_failures_of_an_endpoint_that_nobody_knows_are_none()
    {
        Hold(1, 40);
        for (var i = 0; i < 4; i++)
        {
            End(1, OutcomeKind.Failure, Evidence.ErrorStatus, 9);
        }

        Assert.Equal(EndpointLoad.NoLimit, Limit(1));
    }

    [Fact]
    public void Quick_answers_add_a_place_for_each_round_while_half_of_it_is_in_use_and_no_maximum_stops_them()
    {
        Usual(1);
        Hold(1, 20);
        End(1, OutcomeKind.Failure, Evidence.AttemptTimeout, 10);
        Assert.Equal(10, Limit(1));
        Drop(1, 19);

        // Nothing in flight: the limit is not what bounds it.
        Answer(1, 50);
        Assert.Equal(10, Limit(1));

        for (var answers = 0; answers < 5000; answers++)
        {
            while (Inner[1].Load.Awaiting < Limit(1))
            {
                Hold(1, 1);
            }

            End(1, OutcomeKind.Success, Evidence.None, 0.02);
        }

        // From L to M takes about (M² − L²) / 2 answers.
        Assert.InRange(Limit(1), 95, 105);
    }

    [Fact]
    public void Slow_answers_and_distress_shrink_it_once_in_fifty_milliseconds_and_to_no_less_than_one()
    {
        Usual(1);
        Hold(1, 200);
        End(1, OutcomeKind.Failure, Evidence.AttemptTimeout, 10);
        Assert.Equal(100, Limit(1));

        for (var i = 0; i < 4; i++)
        {
            // Only the first one counts: the others tell of the same moment.
            Inner.Time.Advance(i == 0 ? 0.06 : 0.01);
            End(1, OutcomeKind.Success, Evidence.None, 0.2);
        }

        Assert.Equal(80, Limit(1));
        Inner.Time.Advance(0.03);
        End(1, OutcomeKind.Overloaded, Evidence.OverloadStatus, 0.01);
        Assert.Equal(40, Limit(1));
        for (var i = 0; i < 20; i++)
        {
            Inner.Time.Advance(0.06);
            End(1, OutcomeKind.Failure, Evidence.AttemptTimeout, 10);
        }

        Assert.Equal(1, Limit(1));
    }

    [Fact]
    public void Quick_failures_that_have_nothing_to_do_with_load_leave_it_to_grow()
    {
        Usual(1);
        Hold(1, 20);
        End(1, OutcomeKind.Failure, Evidence.AttemptTimeout, 10);
        Drop(1, 10);
        for (var i = 0; i < 200; i++)
        {
            Inner.Time.Advance(0.06);
            while (Inner[1].Load.Awaiting < Math.Min(11, Limit(1)))
            {
                Hold(1, 1);
            }

            var fails = i % 7 == 0;
            End(1, fails ? OutcomeKind.Failure : OutcomeKind.Success, fails ? Evidence.Reset : Evidence.None, 0.01);
        }

        // It has what it needs twice over, and grows no further.
        Assert.InRange(Limit(1), 20, 23);
    }

    [Fact]
    public void Thirty_seconds_without_distress_lift_it_and_later_distress_puts_it_in_force_again()
    {
        Usual(1);
        Hold(1, 20);
        End(1, OutcomeKind.Failure, Evidence.AttemptTimeout, 10);
        Inner.Pass(20);
        End(1, OutcomeKind.Overloaded, Evidence.OverloadStatus, 0.01);
        Inner.Pass(29);
        Assert.NotEqual(EndpointLoad.NoLimit, Limit(1));
        Inner.Pass(1.2);

        Assert.Equal(EndpointLoad.NoLimit, Limit(1));
        Assert.StartsWith("Cluster orders: endpoint 10.0.0.1:1 has shown no distress for 00:00:30", Inner.Log.TextOf(321), StringComparison.Ordinal);
        End(1, OutcomeKind.Failure, Evidence.AttemptTimeout, 10);
        Assert.Equal(9, Limit(1));
        Assert.Equal((2, 1), (Inner.Log.Count(320), Inner.Log.Count(321)));
        Inner.Pass(31);
        Assert.Equal(EndpointLoad.NoLimit, Limit(1));
    }

    [Fact]
    public void Service_that_has_become_slow_for_good_is_notHeld_down_for_ever()
    {
        Usual(1);
        Hold(1, 20);
        End(1, OutcomeKind.Failure, Evidence.AttemptTimeout, 10);
        Drop(1, 19);
        for (var i = 0; i < 31; i++)
        {
            Inner.Pass(1);
            Hold(1, 1);
            End(1, OutcomeKind.Success, Evidence.None, 0.5);
        }

        Assert.Equal(EndpointLoad.NoLimit, Limit(1));
    }

    [Fact]
    public void Switched_off_no_distress_brings_a_limit_and_those_in_force_go()
    {
        Hold(1, 20);
        End(1, OutcomeKind.Failure, Evidence.AttemptTimeout, 10);
        Assert.Equal(10, Limit(1));
        Inner.Cluster.Configure(new ClusterOptions { Limits = { Adaptive = { Enabled = false } } });
        Inner.Pass(0.3);
        Assert.Equal(EndpointLoad.NoLimit, Limit(1));

        End(1, OutcomeKind.Failure, Evidence.AttemptTimeout, 10);
        Assert.Equal(EndpointLoad.NoLimit, Limit(1));
    }

    [Fact]
    public void Fixed_limit_below_it_stays_the_door()
    {
        using var cluster = TestCluster.Of(1, new ClusterOptions { Limits = { EndpointInFlight = 4 } });
        Assert.Equal(4, cluster[1].Hot.Limit);
        cluster.Report(1, OutcomeKind.Failure, Evidence.AttemptTimeout);
        Assert.Equal(1, cluster[1].Hot.Limit);
        cluster.Cluster.Configure(new ClusterOptions { Limits = { EndpointInFlight = 2 } });
        cluster.Pass(31);

        Assert.Equal(2, cluster[1].Hot.Limit);
        cluster.List(TestCluster.Ports(1, 2));
        Assert.Equal((2, 2), (cluster[1].Hot.Limit, cluster[2].Hot.Limit));
    }

    [Fact]
    public void Streams_are_not_among_what_is_in_flight()
    {
        Hold(1, 41);
        foreach (var lease in Held.Take(21).ToList())
        {
            Held.Remove(lease);
            Inner.Cluster.BeginStream(lease);
        }

        End(1, OutcomeKind.Failure, Evidence.AttemptTimeout, 10);

        Assert.Equal(10, Limit(1));
    }

    [Fact]
    public void Limits_in_force_are_measured_and_no_others()
    {
        Assert.Empty(ClusterMeasures.AdaptiveLimits(Inner.Cluster));
        Hold(2, 12);
        End(2, OutcomeKind.Failure, Evidence.AttemptTimeout, 10);

        var measured = Assert.Single(ClusterMeasures.AdaptiveLimits(Inner.Cluster));
        Assert.Equal(6, measured.Value);
        Assert.Contains(measured.Tags.ToArray(), tag => tag.Key == "clientlb.endpoint" && (string?)tag.Value == "10.0.0.1:2");
    }
}
