using System.Diagnostics.Metrics;
using ClientLb.Endpoints;
using ClientLb.Health;
using ClientLb.Tests.Infrastructure;
using Moq;

namespace ClientLb.Tests.Health;

/// <summary>What only observes must not be in the way of what ejects.</summary>
public class ObservingTests
{
    [Fact]
    public void Detector_that_only_observes_does_not_keep_another_from_ejecting()
    {
        var ward = new Ward(4, new OutlierDetectionOptions { Enforcement = { ConsecutiveFailures = 0 } });

        ward.Fail(0, 5);

        // Both found the same five failures; one may act.
        ward.Listener.Verify(l => l.OnDetected(ward[0], Detector.ConsecutiveFailures, Guard.NotEnforced), Times.Once);
        ward.Listener.Verify(l => l.OnDetected(ward[0], Detector.FailureRate, Guard.None), Times.Once);
        Assert.Equal(HealthState.Ejected, ward.State(0));
    }

    [Fact]
    public void Detector_that_only_observes_and_that_a_guard_refuses_does_not_keep_another_from_ejecting()
    {
        var ward = new Ward(3, new OutlierDetectionOptions { Enforcement = { ConsecutiveFailures = 0, FailureRate = 0 } });
        ward.Fail(1);
        ward.Fail(2);
        ward.Fail(0, 5);
        ward.Listener.Verify(l => l.OnDetected(ward[0], Detector.ConsecutiveFailures, Guard.EveryoneFails), Times.Once);

        // In the same moment, and that others fail too does not speak for one whose check fails.
        ward.Judge.Checks.OnChecked(ward[0], CheckState.Failing, Evidence.CheckFailed, "GET /health answered 503");

        Assert.Equal(HealthState.Ejected, ward.State(0));
    }

    [Fact]
    public void Detector_that_only_observes_and_that_a_guard_refuses_asks_again_soon()
    {
        var ward = new Ward(3, new OutlierDetectionOptions { Enforcement = { ConsecutiveFailures = 0, FailureRate = 0 } });
        ward.Fail(1);
        ward.Fail(2);
        ward.Fail(0, 10);
        ward.Succeed(1);
        ward.Pass(0.11);

        ward.Fail(0);

        ward.Listener.Verify(l => l.OnDetected(ward[0], Detector.ConsecutiveFailures, Guard.NotEnforced), Times.Once);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(100)]
    public void Enforcement_of_latency_is_heeded(int percent) => Verify(Detector.Latency, percent, o => o.Latency = percent);

    [Theory]
    [InlineData(0)]
    [InlineData(100)]
    public void Enforcement_of_slow_calls_is_heeded(int percent) => Verify(Detector.SlowCalls, percent, o => o.SlowCalls = percent);

    [Theory]
    [InlineData(0)]
    [InlineData(100)]
    public void Enforcement_of_active_checks_is_heeded(int percent) => Verify(Detector.ActiveCheck, percent, o => o.ActiveCheck = percent);

    [Fact]
    public void Detections_are_counted_by_cluster_endpoint_detector_and_what_came_of_it()
    {
        var seen = new List<string>();
        var thread = Environment.CurrentManagedThreadId;
        using var listener = new MeterListener
        {
            InstrumentPublished = static (instrument, l) =>
            {
                if (instrument.Name == "clientlb.outlier.detections")
                {
                    l.EnableMeasurementEvents(instrument);
                }
            },
        };
        listener.SetMeasurementEventCallback<long>((_, value, tags, _) =>
        {
            // Every meter has the same name: those of other tests count on other threads.
            if (Environment.CurrentManagedThreadId == thread)
            {
                seen.Add(string.Join(' ', tags.ToArray().Select(static tag => $"{tag.Key}={tag.Value}")) + $" {value}");
            }
        });
        listener.Start();
        using var cluster = TestCluster.Of(2);

        cluster.Fail(1, 5);
        cluster.Fail(2, 5);

        Assert.Equal(
            [
                "clientlb.cluster=orders clientlb.endpoint=10.0.0.1:1 clientlb.reason=consecutive_failures clientlb.outcome=ejected 1",
                "clientlb.cluster=orders clientlb.endpoint=10.0.0.1:2 clientlb.reason=consecutive_failures clientlb.outcome=last_one 1",
            ],
            seen);
    }

    private static void Verify(Detector detector, int percent, Action<EnforcementOptions> configure)
    {
        var ward = new PeerWard(5, o =>
        {
            o.SlowCallThreshold = TimeSpan.FromSeconds(2);
            o.MinimumAttempts = 5;
            configure(o.Enforcement);
        });
        switch (detector)
        {
            case Detector.Latency:
                ward.Latency(0, 500).Latency(1, 10).Latency(2, 10).Latency(3, 10).Latency(4, 10).Review();
                break;
            case Detector.SlowCalls:
                Enumerable.Range(0, 5).ToList().ForEach(_ => ward.Ward.End(0, OutcomeKind.Success, ward.Ward.Now - TimeSpan.FromSeconds(3).Ticks));
                break;
            default:
                ward.Ward.Judge.Checks.OnChecked(ward.Ward[0], CheckState.Failing, Evidence.CheckFailed, "GET /health answered 503");
                break;
        }

        ward.Ward.Listener.Verify(l => l.OnDetected(ward.Ward[0], detector, percent == 0 ? Guard.NotEnforced : Guard.None), Times.Once);
        Assert.Equal(percent == 0 ? HealthState.Healthy : HealthState.Ejected, ward.Ward.State(0));
    }

    [Fact]
    public void Detector_that_only_observes_counts_once_for_as_long_as_the_ejection_would_have_lasted()
    {
        var ward = new Ward(4, new OutlierDetectionOptions { Enforcement = { ConsecutiveFailures = 0, FailureRate = 0 } });

        ward.Fail(0, 50);
        ward.Listener.Verify(l => l.OnDetected(ward[0], Detector.ConsecutiveFailures, Guard.NotEnforced), Times.Once);
        ward.Pass(1.01);
        ward.Fail(0, 50);

        ward.Listener.Verify(l => l.OnDetected(ward[0], Detector.ConsecutiveFailures, Guard.NotEnforced), Times.Exactly(2));
        ward.Listener.Verify(l => l.OnDetected(ward[0], Detector.FailureRate, Guard.NotEnforced), Times.Exactly(2));
    }
}
