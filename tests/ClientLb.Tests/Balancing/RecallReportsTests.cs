using ClientLb.Balancing;
using ClientLb.Endpoints;

namespace ClientLb.Tests.Balancing;

/// <summary><c>recall</c> where endpoints say how many requests they have in flight.</summary>
public sealed class RecallReportsTests
{
    private const long Latency = 5 * TimeSpan.TicksPerMillisecond;

    private readonly Fleet _fleet = Fleet.OfEqual(3);
    private long _now = Fleet.Now;

    [Fact]
    public void Endpoint_that_is_busy_with_others_is_avoided()
    {
        var picker = Warm([1, 20, 1]);

        var counts = Picks(picker);

        Assert.Equal(0, counts[1]);
    }

    [Fact]
    public void Without_reports_the_same_endpoint_is_as_good_as_any()
    {
        var picker = Warm([null, null, null]);

        Assert.True(Picks(picker).Min() > 0);
        Assert.Equal(0, ((RecallPicker)picker).Memory.Shard.OthersFade);
    }

    [Fact]
    public void Own_requests_are_not_counted_twice()
    {
        _fleet.Hold(1, 20);
        var picker = Warm([1, 21, 1]);

        Assert.Equal(0, _fleet[1].Hot.Recall.Others);
        Assert.True(picker.ObservesOutcomes);
    }

    [Fact]
    public void What_was_said_fades_toward_what_all_say_within_some_latencies()
    {
        Warm([1, 20, 1]);
        float Score(int index, long after) => RecallScore.Shared(_fleet[index], _now + after, MathF.Log(Latency), 3, 1024f / (2 * Latency), isExact: false);

        Assert.InRange(Score(1, 0) - Score(0, 0), 2, 3);
        Assert.InRange(Score(1, 2 * Latency) - Score(0, 2 * Latency), 0.8, 1.3);
        Assert.InRange(Score(1, 100 * Latency) - Score(0, 100 * Latency), -0.001, 0.001);
    }

    [Fact]
    public void Endpoint_that_says_nothing_has_the_mean_of_the_others()
    {
        Warm([5, 5, null]);

        float Score(int index) => RecallScore.Shared(_fleet[index], _now, MathF.Log(Latency), 4, 1024f / (2 * Latency), isExact: false);
        Assert.Equal(Score(0), Score(2), 3);
    }

    [Fact]
    public void Failure_says_nothing_of_the_number_and_a_late_report_does()
    {
        var picker = Warm([null, null, null]);
        Report(picker, 0, OutcomeKind.Failure, 9);
        Assert.Equal(0u, _fleet[0].Hot.Recall.OthersAt);

        var answers = _fleet[0].Hot.Recall.Weight;
        Report(picker, 0, OutcomeKind.Ignored, 9);
        Assert.Equal(8, _fleet[0].Hot.Recall.Others);
        Assert.Equal(answers, _fleet[0].Hot.Recall.Weight);
    }

    [Fact]
    public void Excluded_endpoints_stay_excluded()
    {
        var picker = Warm([1, 20, 1]);

        Assert.Same(_fleet[1], picker.Pick(new PickContext(_now, [_fleet[0], _fleet[2]])));
        Assert.Null(picker.Pick(new PickContext(_now, [_fleet[0], _fleet[1], _fleet[2]])));
    }

    [Fact]
    public void Pick_and_report_allocate_nothing()
    {
        var picker = Warm([1, 20, 1]);
        picker.Pick(new PickContext(_now));
        Report(picker, 0, OutcomeKind.Success, 3);
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 1_000; i++)
        {
            picker.Pick(new PickContext(_now));
            Report(picker, i % 3, OutcomeKind.Success, i % 7);
        }

        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    [Fact]
    public void What_is_known_of_others_survives_a_new_list()
    {
        var picker = Warm([4, 4, 4]);

        var next = _fleet.Compile("recall", 1, picker);

        Assert.NotEqual(0, ((RecallPicker)next).Memory.Shard.OthersFade);
        Assert.Equal(((RecallPicker)picker).Memory.Shard.Others, ((RecallPicker)next).Memory.Shard.Others);
    }

    private int[] Picks(Picker picker)
    {
        var counts = new int[3];
        for (var i = 0; i < 300; i++)
        {
            var endpoint = picker.Pick(new PickContext(_now))!;
            counts[Fleet.IndexOf(endpoint)]++;
            _now += 1 << 10;
            Assert.True(endpoint.Load.TryAcquire(_now, LeaseRule.Normal));
            endpoint.Load.Release(_now);
        }

        return counts;
    }

    /// <summary>Each answers a few times with the same latency and says how many requests it has in flight.</summary>
    private Picker Warm(int?[] inFlight)
    {
        var picker = _fleet.Compile("recall");
        for (var i = 0; i < 30; i++)
        {
            Report(picker, i % 3, OutcomeKind.Success, inFlight[i % 3]);
        }

        return picker;
    }

    // As a call does: the lease ends after the outcome has been reported.
    private void Report(Picker picker, int index, OutcomeKind kind, int? inFlight)
    {
        Assert.True(_fleet[index].Load.TryAcquire(_now, LeaseRule.Normal));
        picker.OnOutcome(_fleet[index], new AttemptReport(kind, Evidence.None, _now - Latency, _now) { Load = new LoadReport { InFlight = inFlight } });
        _fleet[index].Load.Release(_now);
    }
}
