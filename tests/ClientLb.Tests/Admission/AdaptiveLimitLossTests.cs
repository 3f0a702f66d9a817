using ClientLb.Endpoints;

namespace ClientLb.Tests.Admission;

/// <summary>Where others are lost, slow answers alone bring a limit.</summary>
public sealed class AdaptiveLimitLossTests : IDisposable
{
    private readonly LimitBench _three = new(3);

    /// <summary>A tenth of the time that they have: a timeout would tell it ten times later.</summary>
    [Theory]
    [InlineData(10, 1.5)]
    [InlineData(0.5, 0.08)]
    public void Slow_answers_while_another_endpoint_is_out_bring_a_limit(double patience, double seconds)
    {
        using var six = new LimitBench(6);
        six.Usual(1, 0.01);
        six.Cluster.Refuse(3);
        six.Cluster.Pass(0.2);
        six.Hold(1, 60);
        for (var i = 0; i < 4; i++)
        {
            six.Answer(1, seconds, patience);
        }

        Assert.Equal(EndpointLoad.NoLimit, six.Limit(1));
        six.Answer(1, seconds, patience);

        // What is usual is known to a quarter: six times that are 0.061 to 0.077 s, and 56 were in flight.
        Assert.InRange(six.Limit(1), (int)(56 * Math.Min(0.5, 0.06 / seconds)), 28);
        Assert.Contains("slow answers while others are lost", six.Cluster.Log.TextOf(320), StringComparison.Ordinal);
    }

    /// <summary>A third of the cluster is gone: whatever the others' slow answers are, five in a row, wherever they come from, tell that they have too much to do.</summary>
    [Fact]
    public void Slow_answers_right_after_a_fifth_was_lost_bring_limits_below_a_second_wherever_they_come_from()
    {
        _three.Usual(1);
        _three.Usual(2);
        _three.Cluster.Refuse(3);
        _three.Cluster.Pass(0.2);
        _three.Hold(1, 20);
        _three.Hold(2, 20);
        for (var i = 0; i < 4; i++)
        {
            _three.Answer(1 + (i % 2), 0.15);
        }

        Assert.Equal((EndpointLoad.NoLimit, EndpointLoad.NoLimit), (_three.Limit(1), _three.Limit(2)));
        _three.Answer(1, 0.15);

        Assert.NotEqual(EndpointLoad.NoLimit, _three.Limit(1));
        Assert.Equal(EndpointLoad.NoLimit, _three.Limit(2));
        _three.Answer(2, 0.15);
        Assert.NotEqual(EndpointLoad.NoLimit, _three.Limit(2));
    }

    [Fact]
    public void What_waits_too_long_after_a_fifth_was_lost_tells_it_before_its_answers_do()
    {
        _three.Usual(1);
        _three.Usual(2);
        _three.Cluster.Refuse(3);
        _three.Cluster.Pass(0.2);
        _three.Hold(1, 20);
        _three.Hold(2, 20);
        for (var i = 0; i < 5; i++)
        {
            _three.Answer(1, 0.15);
        }

        Assert.Equal(EndpointLoad.NoLimit, _three.Limit(2));
        _three.Cluster.Pass(0.2);

        Assert.InRange(_three.Limit(2), 1, 10);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_quick_answer_between_or_ten_seconds_later_no_limit(bool isLater)
    {
        _three.Usual(1);
        _three.Cluster.Refuse(3);
        _three.Cluster.Pass(isLater ? 10.5 : 0.2);
        _three.Hold(1, 60);
        for (var i = 0; i < 20; i++)
        {
            _three.Answer(1, isLater || i % 4 != 0 ? 0.15 : 0.01);
        }

        Assert.Equal(EndpointLoad.NoLimit, _three.Limit(1));
    }

    [Fact]
    public void What_is_usual_is_what_was_before_the_trouble()
    {
        _three.Usual(1);
        _three.Cluster.Pass(11);

        // Most of what is known comes from the queue by now, but never five in a row.
        for (var i = 0; i < 200; i++)
        {
            _three.Hold(1, 1);
            _three.Answer(1, i % 5 == 4 ? 0.01 : 2);
        }

        _three.Cluster.Refuse(3);
        _three.Cluster.Pass(0.2);
        Assert.Equal(EndpointLoad.NoLimit, _three.Limit(1));
        _three.Hold(1, 20);
        for (var i = 0; i < 5; i++)
        {
            _three.Answer(1, 2);
        }

        Assert.NotEqual(EndpointLoad.NoLimit, _three.Limit(1));
    }

    [Theory]
    [InlineData(false, 0.01, 1.5)]
    [InlineData(true, 0.01, 0.9)]
    [InlineData(true, 0.4, 1.5)]
    public void Nobody_is_out_or_it_is_below_a_second_or_usual_no_limit(bool isSomeoneOut, double usual, double seconds)
    {
        using var six = new LimitBench(6);
        six.Usual(1, usual);
        if (isSomeoneOut)
        {
            six.Cluster.Refuse(3);
        }

        six.Cluster.Pass(0.2);
        six.Hold(1, 60);
        for (var i = 0; i < 20; i++)
        {
            six.Answer(1, seconds);
        }

        Assert.Equal(EndpointLoad.NoLimit, six.Limit(1));
    }

    public void Dispose() => _three.Dispose();
}
