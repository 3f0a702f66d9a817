using ClientLb.Endpoints;

namespace ClientLb.Tests.Admission;

/// <summary>Slow answers while another endpoint is out, one of six: that is no great loss.</summary>
public class AdaptiveLimitOutageTests() : DistressTests(6)
{
    /// <summary>A tenth of the time that they have: a timeout would tell it ten times later.</summary>
    [Theory]
    [InlineData(10, 1.5)]
    [InlineData(0.5, 0.08)]
    public void Slow_answers_while_another_endpoint_is_out_bring_a_limit(double patience, double seconds)
    {
        Usual(1);
        Inner.Refuse(3);
        Inner.Pass(0.2);
        Hold(1, 60);
        Slow(4, seconds, patience);
        Assert.Equal(EndpointLoad.NoLimit, Limit(1));
        Slow(1, seconds, patience);

        // What is usual is known to a quarter: six times that are 0.061 to 0.077 s, and 56 were in flight.
        Assert.InRange(Limit(1), (int)(56 * Math.Min(0.5, 0.06 / seconds)), (int)(56 * Math.Min(0.5, 0.078 / seconds)));
        Assert.Contains("slow answers while others are lost", Inner.Log.TextOf(320), StringComparison.Ordinal);
    }

    [Fact]
    public void What_is_usual_is_what_was_before_the_other_went_out()
    {
        Usual(1);
        Inner.Refuse(3);
        Inner.Pass(0.2);

        // Most of what is known comes from the queue by now, but never five in a row.
        for (var i = 0; i < 200; i++)
        {
            Hold(1, 1);
            End(1, OutcomeKind.Success, Evidence.None, i % 5 == 4 ? 0.01 : 2);
        }

        Assert.Equal(EndpointLoad.NoLimit, Limit(1));
        Hold(1, 20);
        for (var i = 0; i < 5; i++)
        {
            End(1, OutcomeKind.Success, Evidence.None, 2);
        }

        Assert.NotEqual(EndpointLoad.NoLimit, Limit(1));
    }

    [Theory]
    [InlineData(false, 0.01, 1.5)]
    [InlineData(true, 0.01, 0.9)]
    [InlineData(true, 0.4, 1.5)]
    public void Nobody_is_out_or_it_is_below_a_second_or_usual_no_limit(bool isSomeoneOut, double usual, double seconds)
    {
        Usual(1, usual);
        if (isSomeoneOut)
        {
            Inner.Refuse(3);
        }

        Inner.Pass(0.2);
        Hold(1, 60);
        for (var i = 0; i < 20; i++)
        {
            End(1, OutcomeKind.Success, Evidence.None, seconds);
        }

        Assert.Equal(EndpointLoad.NoLimit, Limit(1));
    }

    [Fact]
    public void Slow_answers_of_an_earlier_outage_do_not_count_in_the_next()
    {
        Usual(1);
        Inner.Refuse(3);
        Inner.Pass(0.2);
        Hold(1, 60);
        Slow(4);

        // It comes back, and all is well: nobody looks at answers then.
        Inner.Cluster.Judge.Machine.Restore(Inner[3], "test");
        Inner.Pass(0.2);
        Usual(1);
        Inner.Refuse(3);
        Inner.Pass(0.2);
        Slow(4);

        Assert.Equal(EndpointLoad.NoLimit, Limit(1));
        Slow(1);
        Assert.NotEqual(EndpointLoad.NoLimit, Limit(1));
    }

    [Fact]
    public void Slow_answers_that_brought_a_limit_do_not_count_again()
    {
        Usual(1);
        Inner.Refuse(3);
        Inner.Pass(0.2);
        Hold(1, 60);
        Slow(5);
        Assert.NotEqual(EndpointLoad.NoLimit, Limit(1));
        Inner.Pass(31);
        Assert.Equal(EndpointLoad.NoLimit, Limit(1));

        Slow(4);

        Assert.Equal(EndpointLoad.NoLimit, Limit(1));
    }

    [Fact]
    public void Answers_of_a_second_that_are_not_unusual_are_no_slow_ones()
    {
        Usual(1, 0.4);
        Inner.Refuse(3);
        Inner.Pass(0.2);
        Hold(1, 60);
        for (var i = 0; i < 4; i++)
        {
            End(1, OutcomeKind.Success, Evidence.None, 1.5);
        }

        Slow(1, seconds: 9);

        Assert.Equal(EndpointLoad.NoLimit, Limit(1));
    }
}
