using ClientLb.Balancing;
using ClientLb.Endpoints;
using ClientLb.Tests.Infrastructure;

namespace ClientLb.Tests.Balancing;

public sealed class WeightedByLoadPolicyTests
{
    private readonly VirtualTime _time = new();
    private readonly WeightedEndpoint[] _members;
    private readonly LoadBalancingOptions _options = new();
    private Picker? _picker;

    public WeightedByLoadPolicyTests()
    {
        var clock = new MonotonicClock(_time);
        _members = [.. Enumerable.Range(1, 3).Select(port => new WeightedEndpoint(new Endpoint(TestCluster.At(port), clock), 1))];
        Compile();
    }

    [Fact]
    public void Before_the_blackout_is_over_all_get_the_same()
    {
        Report(0, qps: 300, utilization: 0.5f);
        Report(1, qps: 100, utilization: 0.5f);
        _time.Advance(9.9);

        Assert.False(_picker!.IsOutdated(_time.GetTimestamp()));
        Assert.Equal([1_000, 1_000, 1_000], Counts());
    }

    [Fact]
    public void Weight_is_qps_over_utilization_and_an_unknown_one_gets_the_mean()
    {
        Report(0, qps: 300, utilization: 0.5f);
        Report(1, qps: 100, utilization: 0.5f);
        _time.Advance(10);
        Assert.True(_picker!.IsOutdated(_time.GetTimestamp()));
        Compile();

        // 600, 200, and their mean.
        Assert.Equal([1_500, 500, 1_000], Counts());
    }

    [Fact]
    public void Errors_take_weight_off()
    {
        _options.ByLoad.ErrorUtilizationPenalty = 2;
        Compile();
        Report(0, qps: 100, utilization: 0.5f);
        Report(1, qps: 100, utilization: 0.5f, eps: 25);
        _members[2] = new(_members[2].Endpoint, 0);
        _time.Advance(10);
        Compile();

        // 100 / 0.5 against 100 / (0.5 + 0.25 × 2).
        Assert.Equal([2_000, 1_000, 0], Counts());
    }

    [Fact]
    public void Utilization_of_the_application_comes_before_that_of_the_processors()
    {
        Outcome(0, new LoadReport { RequestsPerSecond = 100, CpuUtilization = 0.1f, ApplicationUtilization = 0.5f });
        Report(1, qps: 100, utilization: 0.5f);
        Report(2, qps: 100, utilization: 0.5f);
        _time.Advance(10);
        Compile();

        Assert.Equal([1_000, 1_000, 1_000], Counts());
    }

    [Fact]
    public void Chosen_metric_comes_before_both()
    {
        Outcome(0, new LoadReport { RequestsPerSecond = 100, CpuUtilization = 0.1f, ApplicationUtilization = 0.2f, ChosenUtilization = 0.5f });
        Report(1, qps: 100, utilization: 0.5f);
        Report(2, qps: 100, utilization: 0.5f);
        _time.Advance(10);
        Compile();

        Assert.Equal([1_000, 1_000, 1_000], Counts());
    }

    [Fact]
    public void One_known_weight_is_none()
    {
        Report(0, qps: 900, utilization: 0.1f);
        _time.Advance(20);
        Report(0, qps: 900, utilization: 0.1f);

        Assert.False(_picker!.IsOutdated(_time.GetTimestamp()));
        Compile();
        Assert.Equal([1_000, 1_000, 1_000], Counts());
    }

    [Fact]
    public void Weights_expire_and_the_blackout_begins_anew()
    {
        Report(0, qps: 300, utilization: 0.5f);
        Report(1, qps: 100, utilization: 0.5f);
        _time.Advance(10);
        Compile();
        _time.Advance(170);
        Assert.True(_picker!.IsOutdated(_time.GetTimestamp()));
        Compile();
        Assert.Equal([1_000, 1_000, 1_000], Counts());

        Report(0, qps: 300, utilization: 0.5f);
        Report(1, qps: 100, utilization: 0.5f);
        _time.Advance(5);
        Assert.False(_picker!.IsOutdated(_time.GetTimestamp()));
    }

    [Fact]
    public void Endpoint_that_comes_back_has_a_blackout_too()
    {
        Report(0, qps: 300, utilization: 0.5f);
        Report(1, qps: 100, utilization: 0.5f);
        Report(2, qps: 100, utilization: 0.5f);
        _time.Advance(20);
        var health = _members[0].Endpoint.Health;
        Assert.True(health.TryMove(health.Status, HealthStatus.Healthy with { Since = _time.GetTimestamp() }));
        Report(0, qps: 300, utilization: 0.5f);
        _time.Advance(5);
        Compile();

        Assert.Equal([1_000, 1_000, 1_000], Counts());
    }

    [Fact]
    public void Slow_start_takes_its_part_off_the_reported_weight()
    {
        Report(0, qps: 100, utilization: 0.5f);
        Report(1, qps: 100, utilization: 0.5f);
        Report(2, qps: 100, utilization: 0.5f);
        _time.Advance(10);
        _members[2] = new(_members[2].Endpoint, 0.25);
        Compile();

        Assert.Equal([1_333, 1_333, 334], Counts(), (expected, actual) => Math.Abs(expected - actual) <= 2);
    }

    [Theory]
    [InlineData(0, 0.5f)]
    [InlineData(100, 0)]
    [InlineData(float.NaN, 0.5f)]
    [InlineData(float.PositiveInfinity, 0.5f)]
    [InlineData(100, float.NaN)]
    public void Report_that_gives_no_weight_is_overlooked(float qps, float utilization)
    {
        Report(0, qps, utilization);
        Report(1, qps, utilization);
        _time.Advance(20);

        Assert.False(_picker!.IsOutdated(_time.GetTimestamp()));
    }

    [Fact]
    public void Weights_are_looked_at_once_in_the_period_and_small_changes_are_none()
    {
        Report(0, qps: 100, utilization: 0.5f);
        Report(1, qps: 100, utilization: 0.5f);
        _time.Advance(20);
        Compile();
        Report(0, qps: 100.5f, utilization: 0.5f);
        _time.Advance(1);
        Assert.False(_picker!.IsOutdated(_time.GetTimestamp()));

        Report(0, qps: 150, utilization: 0.5f);
        _time.Advance(0.9);
        Assert.False(_picker.IsOutdated(_time.GetTimestamp()));
        _time.Advance(0.1);
        Assert.True(_picker.IsOutdated(_time.GetTimestamp()));
    }

    [Fact]
    public void Reports_and_outcomes_allocate_nothing()
    {
        Report(0, 100, 0.5f);
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 1_000; i++)
        {
            Report(i % 3, 100, 0.5f);
        }

        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    private void Compile() => _picker = new WeightedByLoadPolicy().CreatePicker(new PickerInput
    {
        Members = [.. _members],
        Options = _options,
        Previous = _picker,
        Random = new SeededRandomSource(1),
        Clock = new MonotonicClock(_time),
    });

    private void Report(int index, float qps, float utilization, float eps = 0) =>
        Outcome(index, new LoadReport { RequestsPerSecond = qps, CpuUtilization = utilization, ErrorsPerSecond = eps });

    private void Outcome(int index, LoadReport load)
    {
        var now = _time.GetTimestamp();
        _picker!.OnOutcome(_members[index].Endpoint, new AttemptReport(OutcomeKind.Success, Evidence.None, now, now) { Load = load });
    }

    private int[] Counts()
    {
        var counts = new int[3];
        for (var i = 0; i < 3_000; i++)
        {
            counts[_picker!.Pick(new PickContext(_time.GetTimestamp()))!.Port - 1]++;
        }

        return counts;
    }
}
