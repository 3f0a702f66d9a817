using ClientLb.Balancing;
using ClientLb.Endpoints;

namespace ClientLb.Tests.Balancing;

public sealed class PickFirstPolicyTests
{
    private readonly Fleet _fleet = new(1, 5, 1);

    [Fact]
    public void Everything_goes_to_the_first_of_the_list_whatever_its_load_and_weight()
    {
        _fleet.Hold(0, 100);

        Assert.Equal([100, 0, 0], _fleet.CountPicks(Compile(0, 1, 2), 100));
    }

    [Fact]
    public void Retry_goes_to_the_next_one_in_the_order_and_the_first_stays_the_first()
    {
        var picker = Compile(2, 0, 1);

        Assert.Same(_fleet[0], picker.Pick(new PickContext(Fleet.Now, [_fleet[2]])));
        Assert.Same(_fleet[1], picker.Pick(new PickContext(Fleet.Now, [_fleet[2], _fleet[0]])));
        Assert.Same(_fleet[2], picker.Pick(new PickContext(Fleet.Now)));
    }

    [Fact]
    public void Stays_where_it_is_when_one_before_it_comes_back()
    {
        var picker = Compile(0, 1, 2);
        picker = Compile(picker, 1, 2);
        Assert.Same(_fleet[1], picker.Pick(new PickContext(Fleet.Now)));

        picker = Compile(picker, 0, 1, 2);

        Assert.Same(_fleet[1], picker.Pick(new PickContext(Fleet.Now)));
    }

    [Fact]
    public void Stays_also_over_a_time_when_it_is_alone()
    {
        var picker = Compile(Compile(1), 0, 1);

        Assert.Same(_fleet[1], picker.Pick(new PickContext(Fleet.Now)));
    }

    [Fact]
    public void Goes_on_to_the_first_when_its_own_is_gone()
    {
        var picker = Compile(Compile(2), 0, 1);

        Assert.Same(_fleet[0], picker.Pick(new PickContext(Fleet.Now)));
    }

    private Picker Compile(params int[] members) => Compile(null, members);

    private Picker Compile(Picker? previous, params int[] members) => new PickFirstPolicy().CreatePicker(new PickerInput
    {
        Members = [.. members.Select(i => _fleet.Members[i])],
        Previous = previous,
        Random = new SeededRandomSource(1),
        Clock = MonotonicClock.System,
    });
}
