using ClientLb.Endpoints;
using ClientLb.Health;
using Moq;

namespace ClientLb.Tests.Health;

public class RecoveryProberTests
{
    private readonly Ward _ward = new(70);
    private readonly Mock<IEndpointProbe> _probe = new();
    private readonly RecoveryProber _prober;

    public RecoveryProberTests()
    {
        _prober = new RecoveryProber(_ward.Judge.Machine, _probe.Object, CancellationToken.None);
        Answer(false);
    }

    [Theory]
    [InlineData(Evidence.Refused)]
    [InlineData(Evidence.Unreachable)]
    [InlineData(Evidence.NameNotResolved)]
    public void Connection_failed_probed_each_second(Evidence evidence)
    {
        EjectForLong(evidence);

        Look(0.9);
        VerifyProbes(0);
        Look(0.2);
        VerifyProbes(1);
        Look(2);

        VerifyProbes(3);
    }

    [Fact]
    public void Probe_answers_probation_at_once()
    {
        EjectForLong(Evidence.Refused);
        Answer(true);

        Look(1.1);

        Assert.Equal(HealthState.Probation, _ward.State(0));
        Assert.Contains("it accepts connections again", _ward.Status(0).Reason, StringComparison.Ordinal);
    }

    [Fact]
    public void Connections_broke_and_none_is_to_be_had_no_call_is_the_one_that_finds_out()
    {
        _ward.Fail(0, 5, Evidence.Reset);
        Assert.False(_ward.Status(0).IsHard);

        Look(0.1);

        Assert.Equal((HealthState.Ejected, Evidence.Unreachable), (_ward.State(0), _ward.Status(0).Evidence));
        Assert.Contains("5 failures in a row", _ward.Status(0).Reason, StringComparison.Ordinal);
        Assert.Contains("a probe got no connection", _ward.Status(0).Reason, StringComparison.Ordinal);
        Look(10);
        Assert.Equal(HealthState.Ejected, _ward.State(0));
        Answer(true);
        Look(1.1);
        Assert.Equal(HealthState.Probation, _ward.State(0));
    }

    [Fact]
    public void Connections_broke_and_others_are_to_be_had_its_time_is_not_over()
    {
        _ward.Fail(0, 5, Evidence.Reset);
        Answer(true);

        Look(0.5);

        Assert.Equal((HealthState.Ejected, Evidence.Reset), (_ward.State(0), _ward.Status(0).Evidence));
    }

    [Fact]
    public void Errors_or_a_stall_are_not_probed_before_their_time_is_over()
    {
        // A frozen process still accepts connections in its kernel.
        _ward.Fail(0, 5);
        _ward.Judge.OnStalled(_ward[1], TimeSpan.TicksPerSecond, _ward.Now);

        for (var i = 0; i < 30; i++)
        {
            _ward.Time.Advance(0.1);
            _prober.Look(_ward[0], _ward.Now);
            _prober.Look(_ward[1], _ward.Now);
        }

        VerifyProbes(0);
    }

    [Theory]
    [InlineData(Evidence.Stalled)]
    [InlineData(Evidence.AttemptTimeout)]
    public void One_that_did_not_answer_is_not_settled_by_a_connect(Evidence evidence)
    {
        _ward.Judge.Machine.EjectHard(_ward[0], evidence, _ward.Now, "silent");
        _ward.PassToProbation(0);
        Answer(true);

        Look(60);

        VerifyProbes(0);
        Assert.Equal(HealthState.Probation, _ward.State(0));
    }

    [Fact]
    public void Held_out_by_the_registry_no_connect_settles_its_probation()
    {
        // A frozen process accepts connections, and no call may go there to find out that it does not answer them.
        _ward.Fail(0, 5);
        _ward.PassToProbation(0);
        _ward[0].Descriptor = _ward[0].Descriptor with { Status = RegistryStatus.Critical };
        Answer(true);
        Look(20);
        VerifyProbes(0);

        _ward[0].Descriptor = _ward[0].Descriptor with { Status = RegistryStatus.Passing };
        Look(4.8);
        VerifyProbes(0);
        Look(0.4);

        Assert.Equal(HealthState.Healthy, _ward.State(0));
    }

    [Fact]
    public void It_has_asked_for_rest_no_connect_settles_its_probation_before_a_call_had_the_chance()
    {
        _ward.Fail(0, 5);
        _ward.PassToProbation(0);
        _ward.Overload(0, 20);
        Answer(true);

        Look(24.5);
        VerifyProbes(0);
        Look(1);

        VerifyProbes(1);
        Assert.Equal(HealthState.Healthy, _ward.State(0));
    }

    [Fact]
    public void Its_check_fails_what_a_probe_has_found_is_no_verdict()
    {
        _ward.Fail(0, 5);
        _ward.PassToProbation(0);
        _ward[0].Health.Check = new CheckStatus(CheckState.Failing, _ward.Now, "bad");

        _ward.Judge.Machine.OnProbeInsteadOfCall(_ward[0], succeeded: true);

        Assert.Equal(HealthState.Probation, _ward.State(0));
    }

    [Fact]
    public void Probation_without_a_call_for_five_seconds_is_settled_by_a_probe()
    {
        _ward.Fail(0, 5);
        _ward.PassToProbation(0);
        Answer(true);

        Look(4.8);
        VerifyProbes(0);
        Look(0.4);

        VerifyProbes(1);
        Assert.Equal(HealthState.Healthy, _ward.State(0));
    }

    [Fact]
    public void Probation_probe_fails_ejected_again()
    {
        _ward.Fail(0, 5);
        _ward.PassToProbation(0);

        Look(5.1);

        Assert.Equal(HealthState.Ejected, _ward.State(0));
    }

    [Fact]
    public void Probation_that_a_call_is_finding_out_is_not_probed()
    {
        _ward.Fail(0, 5);
        _ward.PassToProbation(0);
        _ward.Time.Advance(4);
        _ward[0].Health.TryTakeProbation(_ward.Now, _ward.Now + TimeSpan.FromSeconds(10).Ticks);

        Look(9);
        VerifyProbes(0);
        Look(2);

        _probe.Verify(p => p.ProbeAsync(_ward[0], It.IsAny<CancellationToken>()), Times.AtLeastOnce);
    }

    [Fact]
    public void A_probe_that_takes_long_is_not_made_twice()
    {
        // Without a context what follows the answer happens on this thread.
        SynchronizationContext.SetSynchronizationContext(null);
        var answer = new TaskCompletionSource<bool>();
        _probe.Setup(p => p.ProbeAsync(It.IsAny<Endpoint>(), It.IsAny<CancellationToken>())).Returns(answer.Task);
        EjectForLong(Evidence.Refused);

        Look(5);
        VerifyProbes(1);
        answer.SetResult(false);
        Look(0.2);

        VerifyProbes(2);
    }

    [Fact]
    public void At_most_sixty_four_at_once()
    {
        _probe.Setup(p => p.ProbeAsync(It.IsAny<Endpoint>(), It.IsAny<CancellationToken>())).Returns(new TaskCompletionSource<bool>().Task);
        for (var i = 0; i < 70; i++)
        {
            _ward.Refuse(i);
            _prober.Look(_ward[i], _ward.Now);
        }

        _ward.Time.Advance(1.1);
        Array.ForEach(_ward.Endpoints, endpoint => _prober.Look(endpoint, _ward.Now));

        VerifyProbes(64);
    }

    [Fact]
    public void Healthy_ones_are_left_alone()
    {
        Look(10);

        VerifyProbes(0);
    }

    private void EjectForLong(Evidence evidence)
    {
        _ward.Refuse(0, evidence);
        for (var i = 0; i < 6; i++)
        {
            _ward.Judge.Machine.OnSignOfLife(_ward[0], "a probe answered");
            _ward.Refuse(0, evidence);
        }
    }

    private void Answer(bool answer) =>
        _probe.Setup(p => p.ProbeAsync(It.IsAny<Endpoint>(), It.IsAny<CancellationToken>())).ReturnsAsync(answer);

    private void VerifyProbes(int count) =>
        _probe.Verify(p => p.ProbeAsync(It.IsAny<Endpoint>(), It.IsAny<CancellationToken>()), Times.Exactly(count));

    private void Look(double seconds)
    {
        for (var passed = 0.0; passed < seconds - 0.01; passed += 0.1)
        {
            _ward.Time.Advance(0.1);
            _prober.Look(_ward[0], _ward.Now);
        }
    }
}
