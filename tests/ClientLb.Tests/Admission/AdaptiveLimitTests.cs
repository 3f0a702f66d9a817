using ClientLb.Clusters;
using ClientLb.Endpoints;
using ClientLb.Tests.Infrastructure;

namespace ClientLb.Tests.Admission;

public sealed class AdaptiveLimitTests : IDisposable
{
    private readonly TestCluster _cluster = TestCluster.Of(3);
    private readonly List<Lease> _held = [];

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
        Assert.Equal($"Cluster orders: endpoint 10.0.0.1:1 is in distress ({said}); it gets at most 20 attempts at once, of 41 now.", _cluster.Log.TextOf(320));
    }

    [Fact]
    public void One_attempt_in_flight_leaves_one_place()
    {
        Hold(1, 1);
        End(1, OutcomeKind.Failure, Evidence.AttemptTimeout, 10);

        Assert.Equal(1, Limit(1));
        Assert.True(_cluster[1].Load.TryAcquire(_cluster.Clock.Now, LeaseRule.OverlookAll));
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
        Assert.Contains("slow failures", _cluster.Log.TextOf(320), StringComparison.Ordinal);
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
            while (_cluster[1].Load.Awaiting < Limit(1))
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
            _cluster.Time.Advance(i == 0 ? 0.06 : 0.01);
            End(1, OutcomeKind.Success, Evidence.None, 0.2);
        }

        Assert.Equal(80, Limit(1));
        _cluster.Time.Advance(0.03);
        End(1, OutcomeKind.Overloaded, Evidence.OverloadStatus, 0.01);
        Assert.Equal(40, Limit(1));
        for (var i = 0; i < 20; i++)
        {
            _cluster.Time.Advance(0.06);
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
            _cluster.Time.Advance(0.06);
            while (_cluster[1].Load.Awaiting < Math.Min(11, Limit(1)))
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
        _cluster.Pass(20);
        End(1, OutcomeKind.Overloaded, Evidence.OverloadStatus, 0.01);
        _cluster.Pass(29);
        Assert.NotEqual(EndpointLoad.NoLimit, Limit(1));
        _cluster.Pass(1.2);

        Assert.Equal(EndpointLoad.NoLimit, Limit(1));
        Assert.StartsWith("Cluster orders: endpoint 10.0.0.1:1 has shown no distress for 00:00:30", _cluster.Log.TextOf(321), StringComparison.Ordinal);
        End(1, OutcomeKind.Failure, Evidence.AttemptTimeout, 10);
        Assert.Equal(9, Limit(1));
        Assert.Equal((2, 1), (_cluster.Log.Count(320), _cluster.Log.Count(321)));
        _cluster.Pass(31);
        Assert.Equal(EndpointLoad.NoLimit, Limit(1));
    }

    [Fact]
    public void Service_that_has_become_slow_for_good_is_not_held_down_for_ever()
    {
        Usual(1);
        Hold(1, 20);
        End(1, OutcomeKind.Failure, Evidence.AttemptTimeout, 10);
        Drop(1, 19);
        for (var i = 0; i < 31; i++)
        {
            _cluster.Pass(1);
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
        _cluster.Cluster.Configure(new ClusterOptions { Limits = { Adaptive = { Enabled = false } } });
        _cluster.Pass(0.3);
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

    /// <summary>A tenth of the time that they have: a timeout would tell it ten times later.</summary>
    [Theory]
    [InlineData(10, 1.5)]
    [InlineData(0.5, 0.08)]
    public void Slow_answers_while_another_endpoint_is_out_bring_a_limit(double patience, double seconds)
    {
        using var six = TestCluster.Of(6);
        Usual(six, 1, 0.01);
        six.Refuse(3);
        six.Pass(0.2);
        Hold(six, 1, 60);
        for (var i = 0; i < 4; i++)
        {
            End(six, 1, OutcomeKind.Success, Evidence.None, seconds, patience);
        }

        Assert.Equal(EndpointLoad.NoLimit, six[1].Hot.Limit);
        End(six, 1, OutcomeKind.Success, Evidence.None, seconds, patience);

        // What is usual is known to a quarter: six times that are 0.061 to 0.077 s, and 56 were in flight.
        Assert.InRange(six[1].Hot.Limit, (int)(56 * Math.Min(0.5, 0.06 / seconds)), 28);
        Assert.Contains("slow answers while others are lost", six.Log.TextOf(320), StringComparison.Ordinal);
    }

    /// <summary>A third of the cluster is gone: whatever the others' slow answers are, five in a row, wherever they come from, tell that they have too much to do.</summary>
    [Fact]
    public void Slow_answers_right_after_a_fifth_was_lost_bring_limits_below_a_second_wherever_they_come_from()
    {
        Usual(1);
        Usual(2);
        _cluster.Refuse(3);
        _cluster.Pass(0.2);
        Hold(1, 20);
        Hold(2, 20);
        for (var i = 0; i < 4; i++)
        {
            End(1 + (i % 2), OutcomeKind.Success, Evidence.None, 0.15);
        }

        Assert.Equal((EndpointLoad.NoLimit, EndpointLoad.NoLimit), (Limit(1), Limit(2)));
        End(1, OutcomeKind.Success, Evidence.None, 0.15);

        Assert.NotEqual(EndpointLoad.NoLimit, Limit(1));
        Assert.Equal(EndpointLoad.NoLimit, Limit(2));
        End(2, OutcomeKind.Success, Evidence.None, 0.15);
        Assert.NotEqual(EndpointLoad.NoLimit, Limit(2));
    }

    [Fact]
    public void What_waits_too_long_after_a_fifth_was_lost_tells_it_before_its_answers_do()
    {
        Usual(1);
        Usual(2);
        _cluster.Refuse(3);
        _cluster.Pass(0.2);
        Hold(1, 20);
        Hold(2, 20);
        for (var i = 0; i < 5; i++)
        {
            End(1, OutcomeKind.Success, Evidence.None, 0.15);
        }

        Assert.Equal(EndpointLoad.NoLimit, Limit(2));
        _cluster.Pass(0.2);

        Assert.InRange(Limit(2), 1, 10);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_quick_answer_between_or_ten_seconds_later_no_limit(bool isLater)
    {
        Usual(1);
        _cluster.Refuse(3);
        _cluster.Pass(isLater ? 10.5 : 0.2);
        Hold(1, 60);
        for (var i = 0; i < 20; i++)
        {
            End(1, OutcomeKind.Success, Evidence.None, isLater || i % 4 != 0 ? 0.15 : 0.01);
        }

        Assert.Equal(EndpointLoad.NoLimit, Limit(1));
    }

    [Fact]
    public void What_is_usual_is_what_was_before_the_trouble()
    {
        Usual(1);
        _cluster.Pass(11);

        // Most of what is known comes from the queue by now, but never five in a row.
        for (var i = 0; i < 200; i++)
        {
            Hold(1, 1);
            End(1, OutcomeKind.Success, Evidence.None, i % 5 == 4 ? 0.01 : 2);
        }

        _cluster.Refuse(3);
        _cluster.Pass(0.2);
        Assert.Equal(EndpointLoad.NoLimit, Limit(1));
        Hold(1, 20);
        for (var i = 0; i < 5; i++)
        {
            End(1, OutcomeKind.Success, Evidence.None, 2);
        }

        Assert.NotEqual(EndpointLoad.NoLimit, Limit(1));
    }

    [Theory]
    [InlineData(false, 0.01, 1.5)]
    [InlineData(true, 0.01, 0.9)]
    [InlineData(true, 0.4, 1.5)]
    public void Nobody_is_out_or_it_is_below_a_second_or_usual_no_limit(bool isSomeoneOut, double usual, double seconds)
    {
        using var six = TestCluster.Of(6);
        Usual(six, 1, usual);
        if (isSomeoneOut)
        {
            six.Refuse(3);
        }

        six.Pass(0.2);
        Hold(six, 1, 60);
        for (var i = 0; i < 20; i++)
        {
            End(six, 1, OutcomeKind.Success, Evidence.None, seconds);
        }

        Assert.Equal(EndpointLoad.NoLimit, six[1].Hot.Limit);
    }

    [Fact]
    public void Limits_in_force_are_measured_and_no_others()
    {
        Assert.Empty(ClusterMeasures.AdaptiveLimits(_cluster.Cluster));
        Hold(2, 12);
        End(2, OutcomeKind.Failure, Evidence.AttemptTimeout, 10);

        var measured = Assert.Single(ClusterMeasures.AdaptiveLimits(_cluster.Cluster));
        Assert.Equal(6, measured.Value);
        Assert.Contains(measured.Tags.ToArray(), tag => tag.Key == "clientlb.endpoint" && (string?)tag.Value == "10.0.0.1:2");
    }

    public void Dispose() => _cluster.Dispose();

    private int Limit(int port) => _cluster[port].Hot.Limit;

    private void Usual(int port, double seconds = 0.01) => Usual(_cluster, port, seconds);

    private void Hold(int port, int count) => Hold(_cluster, port, count);

    private void End(int port, OutcomeKind kind, Evidence evidence, double seconds) => End(_cluster, port, kind, evidence, seconds);

    /// <summary>It is known to take that long.</summary>
    private void Usual(TestCluster cluster, int port, double seconds)
    {
        for (var i = 0; i < 50; i++)
        {
            Hold(cluster, port, 1);
            End(cluster, port, OutcomeKind.Success, Evidence.None, seconds);
        }
    }

    private void Answer(int port, int times)
    {
        for (var i = 0; i < times; i++)
        {
            _cluster.Answer(port);
        }
    }

    private void Hold(TestCluster cluster, int port, int count)
    {
        for (var i = 0; i < count; i++)
        {
            Assert.True(cluster[port].Load.TryAcquire(cluster.Clock.Now, LeaseRule.OverlookAll));
            _held.Add(new Lease(cluster[port], cluster.Clock.Now, false));
        }
    }

    /// <summary>The oldest attempt ends after a time that is written into its report.</summary>
    private void End(TestCluster cluster, int port, OutcomeKind kind, Evidence evidence, double seconds, double patience = 0)
    {
        var lease = _held.First(held => held.Endpoint == cluster[port]);
        _held.Remove(lease);
        var now = cluster.Clock.Now;
        cluster.Cluster.Report(lease, new AttemptReport(kind, evidence, now - TimeSpan.FromSeconds(seconds).Ticks, now)
        {
            StatusCode = kind == OutcomeKind.Overloaded ? 429 : 0,
            Patience = TimeSpan.FromSeconds(patience).Ticks,
        });
        cluster.Cluster.Release(lease);
    }

    private void Drop(int port, int count)
    {
        foreach (var lease in _held.Where(held => held.Endpoint.Port == port).Take(count).ToList())
        {
            _held.Remove(lease);
            _cluster.Cluster.Release(lease);
        }
    }
}
