using System.Net;
using System.Net.Sockets;
using ClientLb.Calls;
using ClientLb.Endpoints;
using ClientLb.Health;
using ClientLb.Http;
using Microsoft.Extensions.Logging.Abstractions;
using Moq;

namespace ClientLb.Tests.Health;

/// <summary>The documented examples and defaults of Envoy, gRPC A50 and nginx, with our classes: what is the same, and what differs on purpose.</summary>
public class FieldExamplesTests
{
    [Fact]
    public void Envoy_success_rates_of_its_example_have_mean_90_deviation_20_and_threshold_52()
    {
        var threshold = RateThreshold.Of([50, 100, 100, 100, 100], 1.9);

        Assert.Equal((90, 20, 52), (threshold.Mean, threshold.Deviation, threshold.Limit));
    }

    [Theory]
    [InlineData(SuccessRateStatistics.A50)]
    [InlineData(SuccessRateStatistics.Significant)]
    public void Envoy_example_ejects_the_one_at_50(SuccessRateStatistics statistics)
    {
        var ward = new PeerWard(5, o => o.SuccessRate.Statistics = statistics).AttemptsOfAll(100, 50, 0, 0, 0, 0).Review();

        Assert.Equal([0], ward.Ejected);
        Assert.Contains("50 % of 100 attempts in 10s against a mean of 10 % of 5 endpoints (at most 48 %)", ward.Ward.Status(0).Reason, StringComparison.Ordinal);
    }

    [Fact]
    public void Envoy_defaults_that_are_ours_too()
    {
        var options = new OutlierDetectionOptions();

        Assert.Equal((5, TimeSpan.FromSeconds(10), TimeSpan.FromSeconds(300)), (options.ConsecutiveFailures, options.Interval, options.MaxEjectionTime));
        Assert.Equal((5, 100, 1.9), (options.SuccessRate.MinimumHosts, options.SuccessRate.RequestVolume, options.SuccessRate.StdevFactor));
        Assert.Equal((100, 100), (options.Enforcement.ConsecutiveFailures, options.Enforcement.SuccessRate));
    }

    [Theory]
    [InlineData(4, 100)]
    [InlineData(5, 99)]
    public void Envoy_fewer_hosts_or_requests_than_its_minimum_eject_nobody(int hosts, int requests)
    {
        var ward = new PeerWard(hosts, o => o.SuccessRate.Statistics = SuccessRateStatistics.A50);
        ward.Attempts(0, requests, requests / 2);
        for (var i = 1; i < hosts; i++)
        {
            ward.Attempts(i, requests, 0);
        }

        Assert.Empty(ward.Review().Ejected);
    }

    [Fact]
    public void Envoy_consecutive_5xx_ejects_at_the_fifth_and_a_success_starts_the_count_again()
    {
        var ward = new Ward(10);
        ward.Succeed(0, 20);
        ward.Fail(0, 4);
        ward.Succeed(0);
        ward.Fail(0, 4);
        Assert.Equal(HealthState.Healthy, ward.State(0));
        ward.Fail(0);
        Assert.Equal(HealthState.Ejected, ward.State(0));
    }

    [Theory]
    [InlineData(0, 0)]
    [InlineData(100, 1)]
    public void Envoy_enforcement_of_zero_detects_only_and_of_hundred_always_ejects(int percent, int ejected)
    {
        var ward = new PeerWard(5, o => o.Enforcement.SuccessRate = percent).AttemptsOfAll(100, 50, 0, 0, 0, 0).Review();

        Assert.Equal(ejected, ward.Ejected.Length);
        ward.Ward.Listener.Verify(l => l.OnDetected(ward.Ward[0], Detector.SuccessRate, ejected == 1 ? Guard.None : Guard.NotEnforced), Times.Once);
    }

    [Fact]
    public void Envoy_enforcement_of_half_ejects_about_every_other_one()
    {
        var ward = new Ward(1000, new OutlierDetectionOptions { Enforcement = { ConsecutiveFailures = 50, FailureRate = 0 }, MaxEjectedShare = 1 });
        for (var i = 0; i < 999; i++)
        {
            ward.Fail(i, 5);
            ward.Succeed(i);
        }

        Assert.InRange(ward.Endpoints.Count(e => e.Health.Status.State == HealthState.Ejected), 430, 570);
    }

    [Theory]
    [InlineData(100, 84, false)]
    [InlineData(100, 85, true)]

    // Fewer requests than its minimum of 50.
    [InlineData(49, 49, false)]
    public void Envoy_failure_percentage_of_85_is_a_failure_rate(int total, int failures, bool ejects)
    {
        var ward = new Ward(5, new OutlierDetectionOptions { ConsecutiveFailures = 10_000, FailureRate = 0.85, MinimumAttempts = 50 });

        ward.Succeed(0, total - failures);
        ward.Fail(0, failures);

        Assert.Equal(ejects ? HealthState.Ejected : HealthState.Healthy, ward.State(0));
    }

    [Theory]
    [InlineData(5, 1)]
    [InlineData(9, 1)]
    [InlineData(10, 1)]
    [InlineData(20, 2)]
    public void A50_max_ejection_percent_of_ten_lets_at_least_one_go(int endpoints, int ejected)
    {
        // Envoy without always_eject_one_host ejects none of fewer than ten.
        Assert.Equal(ejected, OutOf(endpoints, 0.1));
    }

    [Fact]
    public void A50_differs_it_asks_before_the_ejection_and_so_goes_beyond_its_percentage()
    {
        // 1 of 15 is 6.7 %, less than ten, so A50 ejects a second one: 13 %. Ours never is above the share, but for the first.
        Assert.Equal(1, OutOf(15, 0.1));
    }

    [Fact]
    public void Envoy_and_A50_differ_their_base_time_is_multiplied_ours_is_doubled()
    {
        // Theirs: 30 s, 60 s, 90 s, 120 s ... at most 300 s. Ours: 30 s, 60 s, 120 s, 240 s, 300 s, each ± 25 %, so that clients do not come back together.
        var ward = new Ward(4, new OutlierDetectionOptions { BaseEjectionTime = TimeSpan.FromSeconds(30) });
        ward.Fail(0, 5);
        foreach (var seconds in new[] { 30, 60, 120, 240, 300, 300 })
        {
            Assert.InRange(ward.Ejection(0), seconds * 0.75, seconds * 1.25);
            ward.PassToProbation(0);
            ward.Fail(0);
        }
    }

    [Fact]
    public void Envoy_and_A50_differ_their_way_back_is_at_full_traffic_ours_begins_with_one_attempt()
    {
        var ward = new Ward(4);
        ward.Fail(0, 5);
        ward.PassToProbation(0);

        Assert.False(ward.IsOpen(0));
        Assert.True(ward[0].Health.TryTakeProbation(ward.Now, ward.Now + 1));
        Assert.False(ward[0].Health.TryTakeProbation(ward.Now, ward.Now + 1));
    }

    [Fact]
    public void Nginx_max_fails_1_fail_timeout_10s_one_failure_takes_a_server_out_for_ten_seconds()
    {
        var ward = new Ward(2, Nginx());

        ward.Fail(0);

        Assert.Equal(HealthState.Ejected, ward.State(0));
        Assert.InRange(ward.Ejection(0), 7.5, 12.5);
    }

    [Fact]
    public void Nginx_after_fail_timeout_live_requests_probe_and_a_failure_means_ten_seconds_more()
    {
        var ward = new Ward(2, Nginx());
        ward.Fail(0);
        for (var round = 0; round < 4; round++)
        {
            ward.PassToProbation(0);
            ward.Fail(0);

            // nginx does not lengthen the time, nor does this: the longest is the first.
            Assert.InRange(ward.Ejection(0), 7.5, 12.5);
        }

        ward.PassToProbation(0);
        ward.Succeed(0);
        Assert.Equal(HealthState.Healthy, ward.State(0));
    }

    [Fact]
    public void Nginx_a_single_server_is_never_taken_out()
    {
        var ward = new Ward(1, Nginx());

        ward.Fail(0, 20);

        Assert.Equal(HealthState.Healthy, ward.State(0));
    }

    [Fact]
    public void Nginx_differs_the_last_of_several_stays_in_too()
    {
        // nginx takes all of them out, answers 502, and starts anew.
        var ward = new Ward(3, Nginx());

        ward.Fail(0);
        ward.Fail(1);
        ward.Fail(2);

        Assert.Equal([HealthState.Ejected, HealthState.Ejected, HealthState.Healthy], ward.Endpoints.Select(e => e.Health.Status.State));
    }

    [Fact]
    public void Nginx_max_fails_of_zero_takes_nobody_out()
    {
        var ward = new Ward(2, new OutlierDetectionOptions { Enabled = false });

        ward.Fail(0, 20);

        Assert.Equal(HealthState.Healthy, ward.State(0));
    }

    [Theory]
    [InlineData(HttpStatusCode.InternalServerError)]
    [InlineData(HttpStatusCode.BadGateway)]
    public void Nginx_counts_errors_and_timeouts_only_an_answer_of_any_status_is_an_answer(HttpStatusCode status)
    {
        // proxy_next_upstream is "error timeout" by default, and what it does not name counts for max_fails no more than for a retry.
        var rules = new OutcomeRules(NginxOutcomes(), "orders", NullLogger.Instance);
        using var response = new HttpResponseMessage(status);

        Assert.Equal(OutcomeKind.Success, HttpOutcomes.OfResponse(response, rules, TimeProvider.System).Kind);
        Assert.Equal(OutcomeKind.NotSent, HttpOutcomes.OfException(new SocketException((int)SocketError.ConnectionRefused), StopCause.None, sendsOnce: true).Kind);
        Assert.Equal(OutcomeKind.Failure, HttpOutcomes.OfException(new OperationCanceledException(), StopCause.AttemptTimeout, sendsOnce: true).Kind);
    }

    private static OutcomeOptions NginxOutcomes()
    {
        var options = new OutcomeOptions();
        options.FailureStatuses.Clear();
        return options;
    }

    private static OutlierDetectionOptions Nginx() => new()
    {
        ConsecutiveFailures = 1,
        Window = TimeSpan.FromSeconds(10),
        BaseEjectionTime = TimeSpan.FromSeconds(10),
        MaxEjectionTime = TimeSpan.FromSeconds(10),
        MaxEjectedShare = 1,
        CapacityHeadroom = 0,
        SuccessRate = { Enabled = false },
        Latency = { Enabled = false },
    };

    private static int OutOf(int endpoints, double share)
    {
        var ward = new Ward(endpoints, new OutlierDetectionOptions { MaxEjectedShare = share, CapacityHeadroom = 0 });
        for (var i = 0; i < endpoints - 1; i++)
        {
            ward.Fail(i, 5);
        }

        return ward.Endpoints.Count(e => e.Health.Status.State == HealthState.Ejected);
    }
}
