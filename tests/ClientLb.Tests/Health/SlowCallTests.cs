using ClientLb.Endpoints;
using ClientLb.Health;
using Moq;

namespace ClientLb.Tests.Health;

/// <summary>The rate of slow calls.</summary>
public class SlowCallTests
{
    private readonly Ward _ward = new(4, Options());

    [Fact]
    public void Slow_calls_above_half_of_five_or_more_eject_and_say_the_numbers()
    {
        End(100, times: 5);
        End(500, times: 5);
        Assert.Equal(HealthState.Healthy, _ward.State(0));
        End(501);

        Assert.Equal((HealthState.Ejected, Evidence.Slow), (_ward.State(0), _ward.Status(0).Evidence));
        Assert.Equal("slow: 6 of 11 attempts took 500ms or more in 30s", _ward.Status(0).Reason);
        _ward.Listener.Verify(l => l.OnDetected(_ward[0], Detector.SlowCalls, Guard.None), Times.Once);
    }

    [Fact]
    public void Slow_calls_fewer_than_the_minimum_of_attempts_do_not_count()
    {
        End(900, times: 4);
        Assert.Equal(HealthState.Healthy, _ward.State(0));
        End(900);

        Assert.Equal(HealthState.Ejected, _ward.State(0));
    }

    [Fact]
    public void Slow_calls_leave_the_window_with_time()
    {
        End(900, times: 4);
        _ward.Pass(31);
        End(100, times: 2);
        End(900, times: 1);
        End(100, times: 2);

        Assert.Equal(HealthState.Healthy, _ward.State(0));
    }

    [Fact]
    public void Failures_that_took_so_long_count_too()
    {
        _ward.Judge.Options.FailureRate = 1;
        End(100, times: 2);
        End(900, times: 2);
        End(900, OutcomeKind.Failure);

        Assert.Equal((HealthState.Ejected, Evidence.Slow), (_ward.State(0), _ward.Status(0).Evidence));
    }

    [Fact]
    public void Slow_calls_everywhere_eject_nobody()
    {
        Everywhere(900, 3, 0, 1, 2, 3);
        Everywhere(100, 3, 0, 1, 2, 3);
        Everywhere(900, 1, 0, 1, 2, 3);

        Assert.All(_ward.Endpoints, static e => Assert.Equal(HealthState.Healthy, e.Health.Status.State));
        _ward.Listener.Verify(l => l.OnDetected(_ward[0], Detector.SlowCalls, Guard.EveryoneFails));
    }

    [Fact]
    public void Slow_calls_at_two_of_four_eject_them()
    {
        Everywhere(100, 6, 2, 3);
        Everywhere(900, 6, 0, 1);

        Assert.Equal([HealthState.Ejected, HealthState.Ejected, HealthState.Healthy, HealthState.Healthy], _ward.Endpoints.Select(static e => e.Health.Status.State));
    }

    [Fact]
    public void Off_by_default_nothing_is_slow()
    {
        var ward = new Ward(4);
        for (var i = 0; i < 50; i++)
        {
            ward.End(0, OutcomeKind.Success, ward.Now - TimeSpan.FromHours(1).Ticks);
        }

        Assert.Equal(HealthState.Healthy, ward.State(0));
    }

    [Fact]
    public void Threshold_in_new_options_is_in_force_at_once()
    {
        var ward = new Ward(4);
        ward.Judge.Configure(Options(), ward.Endpoints);
        for (var i = 0; i < 5; i++)
        {
            ward.End(0, OutcomeKind.Success, ward.Now - TimeSpan.FromSeconds(1).Ticks);
        }

        Assert.Equal(HealthState.Ejected, ward.State(0));
    }

    [Fact]
    public void Probation_slow_again_ejects_again_and_for_longer()
    {
        End(900, times: 5);
        _ward.PassToProbation(0);
        var started = _ward.Now;
        _ward.Time.Advance(0.9);

        _ward.End(0, OutcomeKind.Success, started);

        Assert.Equal((HealthState.Ejected, 2), (_ward.State(0), _ward.Status(0).Ejections));
        Assert.Equal("slow on probation: it took 900ms", _ward.Status(0).Reason);
    }

    [Fact]
    public void Probation_quick_again_heals_and_forgets_the_slow_calls()
    {
        End(900, times: 5);
        _ward.PassToProbation(0);
        _ward.End(0, OutcomeKind.Success, _ward.Now);
        Assert.Equal(HealthState.Healthy, _ward.State(0));

        End(100, times: 3);
        End(900, times: 2);

        Assert.Equal(HealthState.Healthy, _ward.State(0));
    }

    [Fact]
    public void Probation_after_failures_a_slow_answer_is_an_answer()
    {
        _ward.Fail(0, 5);
        _ward.PassToProbation(0);
        var started = _ward.Now;
        _ward.Time.Advance(0.9);

        _ward.End(0, OutcomeKind.Success, started);

        Assert.Equal(HealthState.Healthy, _ward.State(0));
    }

    private static OutlierDetectionOptions Options() => new() { SlowCallThreshold = TimeSpan.FromMilliseconds(500) };

    private void Everywhere(double milliseconds, int times, params int[] indexes)
    {
        for (var i = 0; i < times; i++)
        {
            Array.ForEach(indexes, index => _ward.End(index, OutcomeKind.Success, _ward.Now - TimeSpan.FromMilliseconds(milliseconds).Ticks));
        }
    }

    private void End(double milliseconds, OutcomeKind kind = OutcomeKind.Success, int times = 1)
    {
        for (var i = 0; i < times; i++)
        {
            _ward.End(0, kind, _ward.Now - TimeSpan.FromMilliseconds(milliseconds).Ticks, kind == OutcomeKind.Success ? Evidence.None : Evidence.AttemptTimeout);
        }
    }

    private void End(double milliseconds, int times) => End(milliseconds, OutcomeKind.Success, times);
}
