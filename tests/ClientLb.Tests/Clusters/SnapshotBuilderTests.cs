using ClientLb.Balancing;
using ClientLb.Clusters;
using ClientLb.Endpoints;

namespace ClientLb.Tests.Clusters;

public class SnapshotBuilderTests : SnapshotBench
{
    [Fact]
    public void Healthy_endpoints_are_eligible_in_the_order_of_the_list()
    {
        Add(1);
        Add(2);

        Assert.Equal([1, 2], Eligible());
        Assert.False(Built!.IsPanic);
    }

    [Fact]
    public void No_endpoints_nobody_is_picked()
    {
        Assert.Empty(Eligible());
        Assert.Null(Built!.Picker.Pick(new PickContext(Now)));
    }

    [Fact]
    public void Draining_leaving_and_retired_ones_get_nothing_even_as_a_last_resort()
    {
        Add(1, weight: 0);
        Add(2, RegistryStatus.Maintenance);
        Leaving.Add(Add(3));
        Add(4).Load.TryRetire();

        Assert.Empty(Eligible());
        Assert.Equal(4, Built!.Endpoints.Count);
    }

    [Fact]
    public void Critical_ones_are_known_but_not_eligible()
    {
        Add(1, RegistryStatus.Critical);
        Add(2, RegistryStatus.Warning);

        Assert.Equal([2], Eligible());
        Assert.Equal(2, Built!.Endpoints.Count);
    }

    [Fact]
    public void Ejected_and_on_probation_ones_are_not_eligible_while_others_are_healthy()
    {
        Add(1);
        Add(2);
        Out(Add(3), Evidence.ErrorStatus);
        var probation = Out(Add(4), Evidence.Refused, HealthState.Probation);

        Assert.Equal([1, 2], Eligible());
        Assert.Equal([probation], Built!.OnProbation);
    }

    [Fact]
    public void Probation_of_a_critical_or_draining_one_is_not_offered()
    {
        Add(1);
        Out(Add(2, RegistryStatus.Critical), Evidence.Refused, HealthState.Probation);
        Out(Add(3, weight: 0), Evidence.Refused, HealthState.Probation);
        Eligible();

        Assert.Empty(Built!.OnProbation);
    }

    [Fact]
    public void Resting_ones_are_out_until_their_time()
    {
        Add(1);
        Add(2).Health.RestTo(Now + 1);
        Add(3).Health.RestTo(Now);

        Assert.Equal([1, 3], Eligible());
    }

    [Fact]
    public void Lower_priority_numbers_go_first_and_the_next_steps_in_when_nothing_is_left()
    {
        var first = Add(1, priority: 1);
        Add(2, priority: 2);
        Assert.Equal([1], Eligible());

        Out(first, Evidence.Refused);

        Assert.Equal([2], Eligible());
        Assert.False(Built!.IsPanic);
    }

    [Fact]
    public void Panic_less_than_half_healthy_by_soft_evidence_brings_all_of_them_back()
    {
        Add(1);
        Out(Add(2), Evidence.ErrorStatus);
        Assert.Equal([1], Eligible());

        Out(Add(3), Evidence.ErrorStatus);

        Assert.Equal([1, 2, 3], Eligible());
        Assert.Equal(Eligibility.Panic, Built!.Eligibility);
    }

    [Fact]
    public void Panic_hard_evidence_neither_counts_nor_comes_back()
    {
        Add(1);
        Out(Add(2), Evidence.Refused);
        Out(Add(3), Evidence.Stalled);
        Out(Add(4), Evidence.ErrorStatus);
        Assert.Equal([1], Eligible());

        Out(Add(5), Evidence.ErrorStatus);

        Assert.Equal([1, 4, 5], Eligible());
    }

    [Fact]
    public void Panic_turned_off_another_priority_goes_before_ejected_ones()
    {
        Options.OutlierDetection.PanicThreshold = 0;
        Out(Add(1, priority: 0), Evidence.ErrorStatus);
        Add(2, priority: 1);

        Assert.Equal([2], Eligible());
    }

    [Fact]
    public void Last_resorts_come_one_after_another()
    {
        Options.OutlierDetection.PanicThreshold = 0;
        var soft = Out(Add(1), Evidence.ErrorStatus);
        var hard = Out(Add(2), Evidence.Refused);
        Add(3, RegistryStatus.Critical);

        Assert.Equal([1], Eligible());
        Assert.Equal(Eligibility.Panic, Built!.Eligibility);
        Leaving.Add(soft);
        Assert.Equal([2], Eligible());
        Assert.Equal(Eligibility.HardEjected, Built!.Eligibility);
        Leaving.Add(hard);
        Assert.Equal([3], Eligible());
        Assert.Equal(Eligibility.Critical, Built!.Eligibility);
    }

    [Fact]
    public void Probation_limit_is_three_times_the_p99_of_the_others_and_at_least_the_stall_time()
    {
        var slow = Add(1);
        Out(Add(2), Evidence.Refused, HealthState.Probation);
        Eligible();
        Assert.Equal(TimeSpan.TicksPerSecond, Built!.ProbationTicks);

        for (var i = 0; i < 100; i++)
        {
            slow.Load.Latencies.Add(TimeSpan.TicksPerSecond);
        }

        Eligible();

        Assert.InRange(Built!.ProbationTicks, 3 * TimeSpan.TicksPerSecond, 6 * TimeSpan.TicksPerSecond);
    }
}
