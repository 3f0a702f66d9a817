using ClientLb.Calls;
using ClientLb.Clusters;
using ClientLb.Endpoints;

namespace ClientLb.Tests.Calls;

/// <summary>How long a call waits before its next attempt.</summary>
public class ClusterCallerDelayTests
{
    [Fact]
    public async Task Delays_are_random_from_zero_to_a_ceiling_that_doubles_and_ends()
    {
        var waits = new List<List<double>>();
        for (var run = 0; run < 60; run++)
        {
            using var bench = new CallBench(1, new Script(static _ => "500"), (retry, _) =>
            {
                retry.MaxAttempts = 6;
                retry.BaseDelay = TimeSpan.FromMilliseconds(100);
                retry.MaxDelay = TimeSpan.FromMilliseconds(400);
            });
            for (var calls = 0; calls <= run % 3; calls++)
            {
                bench.LeaveTokens(0);
                for (var i = 0; i < 5; i++)
                {
                    bench.Cluster.Cluster.Budget.Refund();
                }

                bench.Cluster.Time.Waits.Clear();
                var call = bench.CallAsync();
                bench.Cluster.Time.Advance(5);
                await call;
            }

            waits.Add([.. bench.Cluster.Time.Waits.Select(wait => wait.TotalMilliseconds)]);
        }

        double[] ceilings = [100, 200, 400, 400, 400];
        Assert.All(waits, list => Assert.Equal(5, list.Count));
        for (var i = 0; i < 5; i++)
        {
            var column = waits.Select(list => list[i]).ToList();
            Assert.InRange(column.Min(), 0, ceilings[i]);
            Assert.InRange(column.Max(), ceilings[i] * 0.4, ceilings[i]);
        }
    }

    [Fact]
    public async Task Token_is_taken_before_the_wait()
    {
        using var bench = new CallBench(
            2, new Script((_, attempt, _) => Task.FromResult(attempt == 1 ? "500" : "fine")), static (retry, _) => retry.BaseDelay = retry.MaxDelay = TimeSpan.FromSeconds(10));

        var call = bench.CallAsync();

        Assert.Equal((1, 9.0), (bench.Transport.Sent.Count, bench.Budget));
        bench.Cluster.Time.Advance(10);
        Assert.Equal("fine", await call);
        Assert.Equal(9.2, bench.Budget, 3);
    }

    [Fact]
    public async Task The_untried_one_is_ejected_during_the_wait_the_tried_one_is_tried_again()
    {
        using var bench = new CallBench(
            2, new Script((_, attempt, _) => Task.FromResult(attempt == 1 ? "500" : "fine")), (retry, _) => retry.BaseDelay = retry.MaxDelay = TimeSpan.FromSeconds(10));
        var call = bench.CallAsync();
        Assert.False(call.IsCompleted);
        var first = Assert.Single(bench.Transport.Sent);

        bench.Cluster.Refuse(bench.Cluster.Eligible().Single(port => port != first));
        bench.Cluster.Pass(0.2);
        Assert.False(call.IsCompleted);
        bench.Cluster.Time.Advance(10);

        Assert.Equal("fine", await call);
        Assert.Equal([first, first], bench.Transport.Sent);
    }

    [Fact]
    public async Task Overloaded_goes_elsewhere_without_the_wait_that_was_asked_for()
    {
        using var bench = new CallBench(2, new Script((_, attempt, _) => Task.FromResult(attempt == 1 ? "429 20" : "fine")));

        var call = bench.CallAsync();

        Assert.True(call.IsCompleted);
        Assert.Equal("fine", await call);
        Assert.Equal(2, bench.Transport.Sent.Distinct().Count());
    }

    [Fact]
    public async Task Overloaded_nothing_else_is_left_the_wait_is_kept()
    {
        using var bench = new CallBench(1, new Script((_, attempt, _) => Task.FromResult(attempt == 1 ? "429 5" : "fine")));

        var call = bench.CallAsync();
        bench.Cluster.Time.Advance(4.99);
        Assert.False(call.IsCompleted);
        bench.Cluster.Time.Advance(0.02);

        Assert.Equal("fine", await call);
    }

    [Fact]
    public async Task Overloaded_asks_for_more_than_the_call_has_its_answer_is_returned_and_the_token_goes_back()
    {
        using var bench = new CallBench(1, new Script(static _ => "429 60"));

        Assert.Equal("429 60", await bench.CallAsync());

        Assert.Equal(10, bench.Budget);
        Assert.Single(bench.Transport.Sent);
    }
}
