using ClientLb.Endpoints;
using ClientLb.Health;
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
