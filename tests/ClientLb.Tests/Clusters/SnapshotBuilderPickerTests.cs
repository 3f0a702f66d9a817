using ClientLb.Balancing;
using ClientLb.Endpoints;

namespace ClientLb.Tests.Clusters;

/// <summary>The picker of a snapshot: compiled when it must be, kept when it can be.</summary>
public class SnapshotBuilderPickerTests : SnapshotBench
{
    [Fact]
    public void Weights_reach_the_picker()
    {
        Add(1, weight: 3);
        Add(2);
        Eligible();

        var picks = Enumerable.Range(0, 400).Select(_ => Built!.Picker.Pick(new PickContext(Now))!.Port).ToList();

        Assert.Equal(300, picks.Count(port => port == 1));
    }

    [Fact]
    public void Picker_nothing_changed_for_it_it_is_kept()
    {
        Add(1);
        Add(2);
        Eligible();
        var picker = Built!.Picker;

        Add(3, RegistryStatus.Critical);
        Eligible();

        Assert.Same(picker, Built!.Picker);
        Assert.Equal(3, Built.Endpoints.Count);
    }

    [Fact]
    public void Picker_a_member_or_its_weight_changed_it_is_compiled_from_the_previous_one()
    {
        var policy = new RecordingPolicy();
        Policy = policy;
        var endpoint = Add(1);
        Add(2);
        Eligible();

        endpoint.Descriptor = endpoint.Descriptor with { Weight = 2 };
        var first = Built!.Picker;
        Eligible();

        Assert.NotSame(first, Built!.Picker);
        Assert.Equal([null, first], policy.Previous);
    }

    [Fact]
    public void Picker_another_policy_takes_nothing_over()
    {
        Add(1);
        Eligible();
        var policy = new RecordingPolicy();
        Policy = policy;

        Eligible();

        Assert.Equal([null], policy.Previous);
    }

    private sealed class RecordingPolicy : ILoadBalancingPolicy
    {
        public List<Picker?> Previous { get; } = [];

        public string Name => "recording";

        public Picker CreatePicker(in PickerInput input)
        {
            Previous.Add(input.Previous);
            return new RandomPolicy().CreatePicker(input);
        }
    }
}
