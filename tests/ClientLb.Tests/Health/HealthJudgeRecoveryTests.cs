using ClientLb.Endpoints;
using ClientLb.Health;
using Moq;

namespace ClientLb.Tests.Health;

/// <summary>What lets an endpoint back.</summary>
public class HealthJudgeRecoveryTests
{
    [Fact]
    public void Ejection_over_gives_probation_and_no_ordinary_attempt()
    {
        var ward = new Ward(2);
        ward.Fail(0, 5);
        ward.Pass(ward.Ejection(0) - 0.001);
        Assert.Equal(HealthState.Ejected, ward.State(0));

        ward.Pass(0.002);

        Assert.Equal(HealthState.Probation, ward.State(0));
        Assert.False(ward.IsOpen(0));
        Assert.Contains("status 500", ward.Status(0).Reason, StringComparison.Ordinal);
    }

    [Fact]
    public void Ejection_of_one_that_nobody_reached_ends_by_a_probe_or_a_minute_later()
    {
        var ward = new Ward(2);
        ward.Refuse(0);

        ward.Pass(ward.Ejection(0) + 59);
        Assert.Equal(HealthState.Ejected, ward.State(0));
        ward.Pass(1.1);

        Assert.Equal(HealthState.Probation, ward.State(0));
    }

    [Fact]
    public void Probation_one_attempt_at_a_time_and_the_slot_has_a_time_limit()
    {
        var ward = new Ward(2);
        ward.Refuse(0);
        ward.PassToProbation(0);
        var health = ward[0].Health;

        Assert.True(health.TryTakeProbation(ward.Now, ward.Now + 100));
        Assert.False(health.TryTakeProbation(ward.Now + 99, ward.Now + 200));
        Assert.True(health.TryTakeProbation(ward.Now + 100, ward.Now + 200));
        health.FreeProbation();

        Assert.True(health.TryTakeProbation(ward.Now + 101, ward.Now + 300));
    }

    [Fact]
    public void Probation_success_forgets_the_latency_of_the_outage_and_knows_its_own()
    {
        var ward = new Ward(2);
        ward[0].Load.ObservePenalty(ward.Now, TimeSpan.FromSeconds(10).Ticks);
        ward.Fail(0, 5);
        ward.PassToProbation(0);
        Assert.True(ward[0].Load.PeakLatency > 0);

        ward.Succeed(0);

        Assert.Equal(1, ward[0].Load.PeakLatency);
    }

    [Fact]
    public void Probation_success_heals_and_the_past_is_forgotten()
    {
        var ward = new Ward(2);
        ward.Fail(0, 5);
        ward.PassToProbation(0);
        Assert.True(ward[0].Health.TryTakeProbation(ward.Now, long.MaxValue));

        ward.Succeed(0);

        Assert.Equal(HealthState.Healthy, ward.State(0));
        Assert.True(ward.IsOpen(0));
        Assert.Equal((0, 0), ward[0].Health.Window.Read(ward.Now));
        Assert.True(ward[0].Health.TryTakeProbation(ward.Now, long.MaxValue));
    }

    [Fact]
    public void Probation_outcome_of_an_older_attempt_is_no_verdict()
    {
        var ward = new Ward(2);
        var before = ward.Now;
        ward.Fail(0, 5);
        ward.PassToProbation(0);

        ward.End(0, OutcomeKind.Success, before);
        ward.End(0, OutcomeKind.Failure, before, Evidence.AttemptTimeout);

        Assert.Equal(HealthState.Probation, ward.State(0));
    }

    [Fact]
    public void Probation_failure_ejects_for_twice_as_long_each_time()
    {
        var ward = new Ward(2);
        ward.Fail(0, 5);
        var expected = 1.0;
        for (var i = 0; i < 12; i++)
        {
            Assert.InRange(ward.Ejection(0), Math.Min(expected, 300) * 0.75, Math.Min(expected, 300) * 1.25);
            ward.PassToProbation(0);
            Assert.True(ward[0].Health.TryTakeProbation(ward.Now, long.MaxValue));
            ward.Fail(0);
            Assert.Equal(HealthState.Ejected, ward.State(0));
            Assert.True(ward[0].Health.TryTakeProbation(ward.Now, long.MaxValue), "the slot was not given back");
            ward[0].Health.FreeProbation();
            expected *= 2;
        }
    }

    [Fact]
    public void Ejection_lengths_are_spread()
    {
        var lengths = Enumerable.Range(0, 50).Select(_ => 0.0).ToArray();
        var ward = new Ward(50);
        for (var i = 0; i < 50; i++)
        {
            ward.Refuse(i);
            lengths[i] = ward.Ejection(i);
        }

        Assert.InRange(lengths.Min(), 0.75, 0.85);
        Assert.InRange(lengths.Max(), 1.15, 1.25);
    }

    [Fact]
    public void Back_off_every_thirty_good_seconds_take_one_doubling_back()
    {
        var ward = new Ward(2);
        ward.Refuse(0);
        for (var i = 0; i < 3; i++)
        {
            ward.PassToProbation(0);
            ward.Fail(0);
        }

        ward.PassToProbation(0);
        ward.Succeed(0);
        Assert.Equal(4, ward.Status(0).Ejections);
        ward.Pass(61);
        ward.Refuse(0);

        // 4 in a row less 2: 1 s x 2^2.
        Assert.InRange(ward.Ejection(0), 3, 5);
        Assert.Equal(3, ward.Status(0).Ejections);
    }

    [Fact]
    public void Back_off_remembers_no_more_than_it_takes_to_come_to_the_maximum()
    {
        var ward = new Ward(2);
        ward.Refuse(0);
        for (var i = 0; i < 100; i++)
        {
            ward.PassToProbation(0);
            ward.Fail(0);
        }

        Assert.InRange(ward.Ejection(0), 225, 375);
        Assert.Equal(9, ward.Status(0).Ejections);
        ward.PassToProbation(0);
        ward.Succeed(0);
        ward.Pass(4 * 60);
        ward.Refuse(0);

        // Nine less eight: 1 s x 2.
        Assert.InRange(ward.Ejection(0), 1.5, 2.5);
    }

    [Fact]
    public void Registry_or_probe_sign_of_life_gives_probation_at_once()
    {
        var ward = new Ward(2);
        ward.Refuse(0);

        ward.Judge.Machine.OnSignOfLife(ward[0], "it accepts connections again");

        Assert.Equal(HealthState.Probation, ward.State(0));
        Assert.Contains("it accepts connections again", ward.Status(0).Reason, StringComparison.Ordinal);
    }

    [Fact]
    public void Sign_of_life_of_a_healthy_one_changes_nothing()
    {
        var ward = new Ward(2);

        ward.Judge.Machine.OnSignOfLife(ward[0], "anything");

        ward.Listener.Verify(l => l.OnHealthChanged(It.IsAny<Endpoint>(), It.IsAny<HealthStatus>(), It.IsAny<HealthStatus>()), Times.Never);
    }

    [Fact]
    public void Stalled_one_that_answers_the_attempts_that_hung_comes_to_probation()
    {
        var ward = new Ward(2);
        var before = ward.Now;
        ward.Pass(2);
        ward.Judge.OnStalled(ward[0], TimeSpan.TicksPerSecond, ward.Now);
        Assert.Equal((HealthState.Ejected, Evidence.Stalled), (ward.State(0), ward.Status(0).Evidence));

        ward.End(0, OutcomeKind.Success, before);

        Assert.Equal(HealthState.Probation, ward.State(0));
    }

    [Fact]
    public void Refused_one_that_answers_a_later_attempt_comes_to_probation()
    {
        // As a last resort it is tried while it is out: its answer is worth as much as a probe's.
        var ward = new Ward(1);
        var before = ward.Now;
        ward.Refuse(0);
        ward.Time.Advance(0.1);

        ward.End(0, OutcomeKind.Success, before - 1);
        Assert.Equal(HealthState.Ejected, ward.State(0));
        ward.Succeed(0);

        Assert.Equal(HealthState.Probation, ward.State(0));
    }

    [Fact]
    public void Ejected_by_errors_one_success_in_panic_does_not_end_the_ejection()
    {
        var ward = new Ward(2);
        ward.Fail(0, 5);
        ward.Time.Advance(0.1);

        ward.Succeed(0);

        Assert.Equal(HealthState.Ejected, ward.State(0));
    }

    [Fact]
    public void Probe_in_place_of_a_call_lets_it_in_and_one_failure_takes_it_out_again()
    {
        var ward = new Ward(2);
        ward.Fail(0, 5);
        ward.PassToProbation(0);

        ward.Judge.Machine.OnProbeInsteadOfCall(ward[0], succeeded: true);
        Assert.Equal(HealthState.Healthy, ward.State(0));
        ward.Fail(0);

        Assert.Equal(HealthState.Ejected, ward.State(0));
    }

    [Fact]
    public void Probe_in_place_of_a_call_fails_and_ejects_again()
    {
        var ward = new Ward(2);
        ward.Fail(0, 5);
        ward.PassToProbation(0);

        ward.Judge.Machine.OnProbeInsteadOfCall(ward[0], succeeded: false);

        Assert.Equal((HealthState.Ejected, 2), (ward.State(0), ward.Status(0).Ejections));
    }

    [Fact]
    public void Probe_that_comes_too_late_changes_nothing()
    {
        var ward = new Ward(2);
        ward.Fail(0, 5);

        ward.Judge.Machine.OnProbeInsteadOfCall(ward[0], succeeded: true);

        Assert.Equal(HealthState.Ejected, ward.State(0));
    }
}
