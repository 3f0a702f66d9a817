using ClientLb.Endpoints;
using ClientLb.Health;
using ClientLb.Health.Checks;
using ClientLb.Telemetry;
using ClientLb.Tests.Infrastructure;
using Moq;

namespace ClientLb.Tests.Health.Checks;

/// <summary>What a check holds for an endpoint from one time to the next.</summary>
public class ActiveCheckerHoldTests
{
    [Fact]
    public void Endpoint_that_is_back_before_its_old_check_ends_keeps_what_is_held_for_it()
    {
        var ward = new Ward(2);
        using var metrics = new ClientLbMetrics(null);
        var check = new Mock<IEndpointCheck>();
        var running = new TaskCompletionSource<CheckFinding>();
        check.Setup(c => c.Name).Returns("the check");
        check.Setup(c => c.CheckAsync(ward[0], It.IsAny<CancellationToken>())).Returns(() => new(running.Task));
        check.Setup(c => c.CheckAsync(ward[1], It.IsAny<CancellationToken>())).ReturnsAsync(CheckFinding.Passed);
        var services = new CheckServices(ward.Clock, new SeededRandomSource(1), metrics, new LogBook(), new CheckGate());
        using var checker = new ActiveChecker("orders", ward.Judge.Checks, services, (_, _, _, _) => check.Object);
        var options = new HealthCheckOptions { Type = HealthCheckType.GrpcWatch };
        checker.Follow(ward.Endpoints, options);
        ward.Time.Advance(6);
        check.Verify(c => c.CheckAsync(ward[0], It.IsAny<CancellationToken>()), Times.AtLeastOnce);

        checker.Follow(new Endpoint[] { ward[1] }, options);
        check.Verify(c => c.Forget(ward[0]), Times.Once);
        checker.Follow(new Endpoint[] { ward[0], ward[1] }, options);
        Finish(running);

        // Not once more: what is held by now is the new one's.
        check.Verify(c => c.Forget(ward[0]), Times.Once);
        checker.Follow(new Endpoint[] { ward[1] }, options);
        check.Verify(c => c.Forget(ward[0]), Times.Exactly(2));
    }

    private static void Finish(TaskCompletionSource<CheckFinding> check)
    {
        // Without a context what follows happens here and now.
        var context = SynchronizationContext.Current;
        SynchronizationContext.SetSynchronizationContext(null);
        check.SetResult(CheckFinding.Passed);
        SynchronizationContext.SetSynchronizationContext(context);
    }
}
