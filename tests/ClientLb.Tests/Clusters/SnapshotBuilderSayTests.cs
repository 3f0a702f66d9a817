using ClientLb.Clusters;
using ClientLb.Endpoints;

namespace ClientLb.Tests.Clusters;

/// <summary>Checks, orders and the registry each have their say in who is eligible.</summary>
public class SnapshotBuilderSayTests : SnapshotBench
{
    [Fact]
    public void Degraded_ones_keep_half_of_their_weight()
    {
        Add(1, weight: 4);
        Checked(Add(2, weight: 4), CheckState.Degraded);
        Announce(Add(3, weight: 4));

        Assert.Equal([1, 2, 3], Eligible());
        Assert.Equal([4.0, 2.0, 2.0], Weights());
    }

    [Fact]
    public void A_degraded_weight_of_zero_uses_them_where_no_healthy_one_is_left()
    {
        Options.LoadBalancing.DegradedWeight = 0;
        var healthy = Add(1);
        Checked(Add(2), CheckState.Degraded);
        Announce(Add(3));
        Assert.Equal([1], Eligible());

        Out(healthy, Evidence.Refused);

        Assert.Equal([2, 3], Eligible());
        Assert.Equal(Eligibility.Normal, Built!.Eligibility);
        Assert.Equal([1.0, 1.0], Weights());
    }

    [Fact]
    public void A_healthy_one_of_a_later_priority_goes_before_a_degraded_one_without_weight()
    {
        Options.LoadBalancing.DegradedWeight = 0;
        Checked(Add(1), CheckState.Degraded);
        Add(2, priority: 1);

        Assert.Equal([2], Eligible());
    }

    [Fact]
    public void Degraded_ones_are_left_no_panic()
    {
        Options.LoadBalancing.DegradedWeight = 0;
        Checked(Add(1), CheckState.Degraded);
        Checked(Add(2), CheckState.Degraded);
        Out(Add(3), Evidence.ErrorStatus);

        Assert.Equal([1, 2], Eligible());
        Assert.False(Built!.IsPanic);
    }

    [Fact]
    public void A_newcomer_waits_for_its_first_pass_unless_no_other_is_left()
    {
        var known = Add(1);
        Checked(Add(2), CheckState.Pending);
        Assert.Equal([1], Eligible());

        Out(known, Evidence.Refused);

        Assert.Equal([1, 2], Eligible());
    }

    [Fact]
    public void Ordered_out_while_any_other_is_left()
    {
        Add(1);
        Order(Add(2), ManualOrderKind.Eject);
        Assert.Equal([1], Eligible());

        Out(Endpoints[0], Evidence.Refused);

        Assert.Equal([1, 2], Eligible());
    }

    [Theory]
    [InlineData(ManualOrderKind.Isolate)]
    [InlineData(ManualOrderKind.Drain)]
    public void Isolated_and_draining_ones_are_not_even_a_last_resort(ManualOrderKind kind)
    {
        Order(Add(1), kind);
        Order(Add(2), kind);

        Assert.Empty(Eligible());
    }

    [Fact]
    public void An_order_keeps_it_from_probation()
    {
        Add(1);
        Order(Out(Add(2), Evidence.ErrorStatus, HealthState.Probation), ManualOrderKind.Eject);

        Eligible();

        Assert.Empty(Built!.OnProbation);
    }

    private static void Checked(Endpoint endpoint, CheckState state) => endpoint.Health.Check = new CheckStatus(state, 0, "test");

    private static void Order(Endpoint endpoint, ManualOrderKind kind) => endpoint.Health.Order = new ManualOrder(kind, long.MaxValue, "test");

    private static void Announce(Endpoint endpoint) => endpoint.Descriptor = endpoint.Descriptor with { Status = RegistryStatus.Warning, IsDegraded = true };

    private double[] Weights()
    {
        var members = Built!.Members!;
        return [.. Enumerable.Range(0, members.Count).Select(i => members[i].Weight)];
    }
}
