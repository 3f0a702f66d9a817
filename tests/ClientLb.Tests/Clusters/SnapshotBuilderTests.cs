using ClientLb.Balancing;
using ClientLb.Clusters;
using ClientLb.Endpoints;
using ClientLb.Tests.Infrastructure;

namespace ClientLb.Tests.Clusters;

public class SnapshotBuilderTests
{
    private const long Now = 1_000_000;

    private readonly MonotonicClock _clock = new(new VirtualTime());
    private readonly List<Endpoint> _endpoints = [];
    private readonly HashSet<Endpoint> _leaving = [];
    private readonly ClusterOptions _options = new();
    private ILoadBalancingPolicy _policy = new RoundRobinPolicy();
    private ClusterSnapshot? _previous;

    [Fact]
    public void Healthy_endpoints_are_eligible_in_the_order_of_the_list()
    {
        Add(1);
        Add(2);

        Assert.Equal([1, 2], Eligible());
        Assert.False(_previous!.IsPanic);
    }

    [Fact]
    public void No_endpoints_nobody_is_picked()
    {
        Assert.Empty(Eligible());
        Assert.Null(_previous!.Picker.Pick(new PickContext(Now)));
    }

    [Fact]
    public void Weights_reach_the_picker()
    {
        Add(1, weight: 3);
        Add(2);
        Eligible();

        var picks = Enumerable.Range(0, 400).Select(_ => _previous!.Picker.Pick(new PickContext(Now))!.Port).ToList();

        Assert.Equal(300, picks.Count(port => port == 1));
    }

    [Fact]
    public void Draining_leaving_and_retired_ones_get_nothing_even_as_a_last_resort()
    {
        Add(1, weight: 0);
        Add(2, RegistryStatus.Maintenance);
        _leaving.Add(Add(3));
        Add(4).Load.TryRetire();

        Assert.Empty(Eligible());
        Assert.Equal(4, _previous!.Endpoints.Count);
    }

    [Fact]
    public void Critical_ones_are_known_but_not_eligible()
    {
        Add(1, RegistryStatus.Critical);
        Add(2, RegistryStatus.Warning);

        Assert.Equal([2], Eligible());
        Assert.Equal(2, _previous!.Endpoints.Count);
    }

    [Fact]
    public void Ejected_and_on_probation_ones_are_not_eligible_while_others_are_healthy()
    {
        Add(1);
        Add(2);
        Out(Add(3), Evidence.ErrorStatus);
        var probation = Out(Add(4), Evidence.Refused, HealthState.Probation);

        Assert.Equal([1, 2], Eligible());
        Assert.Equal([probation], _previous!.OnProbation);
    }

    [Fact]
    public void Probation_of_a_critical_or_draining_one_is_not_offered()
    {
        Add(1);
        Out(Add(2, RegistryStatus.Critical), Evidence.Refused, HealthState.Probation);
        Out(Add(3, weight: 0), Evidence.Refused, HealthState.Probation);
        Eligible();

        Assert.Empty(_previous!.OnProbation);
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
        Assert.False(_previous!.IsPanic);
    }

    [Fact]
    public void Panic_less_than_half_healthy_by_soft_evidence_brings_all_of_them_back()
    {
        Add(1);
        Out(Add(2), Evidence.ErrorStatus);
        Assert.Equal([1], Eligible());

        Out(Add(3), Evidence.ErrorStatus);

        Assert.Equal([1, 2, 3], Eligible());
        Assert.Equal(Eligibility.Panic, _previous!.Eligibility);
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
        _options.OutlierDetection.PanicThreshold = 0;
        Out(Add(1, priority: 0), Evidence.ErrorStatus);
        Add(2, priority: 1);

        Assert.Equal([2], Eligible());
    }

    [Fact]
    public void Last_resorts_come_one_after_another()
    {
        _options.OutlierDetection.PanicThreshold = 0;
        var soft = Out(Add(1), Evidence.ErrorStatus);
        var hard = Out(Add(2), Evidence.Refused);
        Add(3, RegistryStatus.Critical);

        Assert.Equal([1], Eligible());
        Assert.Equal(Eligibility.Panic, _previous!.Eligibility);
        _leaving.Add(soft);
        Assert.Equal([2], Eligible());
        Assert.Equal(Eligibility.HardEjected, _previous!.Eligibility);
        _leaving.Add(hard);
        Assert.Equal([3], Eligible());
        Assert.Equal(Eligibility.Critical, _previous!.Eligibility);
    }

    [Fact]
    public void Picker_nothing_changed_for_it_it_is_kept()
    {
        Add(1);
        Add(2);
        Eligible();
        var picker = _previous!.Picker;

        Add(3, RegistryStatus.Critical);
        Eligible();

        Assert.Same(picker, _previous!.Picker);
        Assert.Equal(3, _previous.Endpoints.Count);
    }

    [Fact]
    public void Picker_a_member_or_its_weight_changed_it_is_compiled_from_the_previous_one()
    {
        var policy = new RecordingPolicy();
        _policy = policy;
        var endpoint = Add(1);
        Add(2);
        Eligible();

        endpoint.Descriptor = endpoint.Descriptor with { Weight = 2 };
        var first = _previous!.Picker;
        Eligible();

        Assert.NotSame(first, _previous!.Picker);
        Assert.Equal([null, first], policy.Previous);
    }

    [Fact]
    public void Picker_another_policy_takes_nothing_over()
    {
        Add(1);
        Eligible();
        var policy = new RecordingPolicy();
        _policy = policy;

        Eligible();

        Assert.Equal([null], policy.Previous);
    }

    [Fact]
    public void Probation_limit_is_three_times_the_p99_of_the_others_and_at_least_the_stall_time()
    {
        var slow = Add(1);
        Out(Add(2), Evidence.Refused, HealthState.Probation);
        Eligible();
        Assert.Equal(TimeSpan.TicksPerSecond, _previous!.ProbationTicks);

        for (var i = 0; i < 100; i++)
        {
            slow.Load.Latencies.Add(TimeSpan.TicksPerSecond);
        }

        Eligible();

        Assert.InRange(_previous!.ProbationTicks, 3 * TimeSpan.TicksPerSecond, 6 * TimeSpan.TicksPerSecond);
    }

    private static Endpoint Out(Endpoint endpoint, Evidence evidence, HealthState state = HealthState.Ejected)
    {
        Assert.True(endpoint.Health.TryMove(endpoint.Health.Status, new HealthStatus(state, evidence, 1, 2, 1, "test")));
        return endpoint;
    }

    private Endpoint Add(int port, RegistryStatus status = RegistryStatus.Passing, int weight = 1, int priority = 0)
    {
        var endpoint = new Endpoint(TestCluster.At(port) with { Status = status, Weight = weight, Priority = priority }, _clock);
        _endpoints.Add(endpoint);
        return endpoint;
    }

    private int[] Eligible()
    {
        _previous = SnapshotBuilder.Build(new SnapshotInput
        {
            Version = 1,
            Options = _options,
            IsResolved = true,
            Endpoints = [.. _endpoints],
            Leaving = _leaving,
            Unlisted = new HashSet<Endpoint>(),
            Policy = _policy,
            Previous = _previous,
            Random = new SeededRandomSource(3),
            Clock = _clock,
            Now = Now,
        });
        return [.. _previous.Eligible.Select(endpoint => endpoint.Port)];
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
