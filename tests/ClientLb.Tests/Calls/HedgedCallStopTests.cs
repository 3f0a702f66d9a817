using System.Collections.Concurrent;
using ClientLb.Calls;
using ClientLb.Endpoints;

namespace ClientLb.Tests.Calls;

/// <summary>What stops hedged calls: the caller, at every wait, and the clocks.</summary>
public class HedgedCallStopTests
{
    private const string OfThese = " in one of many hedged calls";

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    [Fact]
    public async Task Caller_has_cancelled_before_the_call_nothing_is_left_behind()
    {
        using var bench = new HedgeBench(3);
        using var caller = new CancellationTokenSource();
        await caller.CancelAsync();

        await CancelledAsync(bench, bench.Calls.CallAsync(caller.Token), 10, caller.Token);
    }

    [Fact]
    public async Task Caller_cancels_the_first_attempt()
    {
        using var bench = new HedgeBench(3);
        using var caller = new CancellationTokenSource();
        var call = bench.Calls.CallAsync(caller.Token);
        bench.Pass(50);

        await caller.CancelAsync();

        await CancelledAsync(bench, call, 10, caller.Token);
        bench.Pass(1000);
        Assert.Equal(1, bench.Attempts.Count);
    }

    [Fact]
    public async Task Caller_cancels_both_attempts()
    {
        using var bench = new HedgeBench(3);
        using var caller = new CancellationTokenSource();
        var call = bench.Calls.CallAsync(caller.Token);
        bench.Pass(100);

        await caller.CancelAsync();

        await CancelledAsync(bench, call, 9, caller.Token);
        Assert.True(bench.Attempts.IsStopped(1) && bench.Attempts.IsStopped(2));
        Assert.All(bench.Calls.Cluster.Snapshot.Endpoints, endpoint => Assert.Equal((0, 0), endpoint.Health.Window.Read(bench.Calls.Cluster.Clock.Now)));
    }

    [Fact]
    public async Task Caller_cancels_while_one_has_failed_and_the_other_is_awaited()
    {
        using var bench = new HedgeBench(2);
        using var caller = new CancellationTokenSource();
        var call = bench.Calls.CallAsync(caller.Token);
        bench.Pass(100);
        bench.Answer(1, "500*");

        await caller.CancelAsync();

        await CancelledAsync(bench, call, 9, caller.Token);
        Assert.Equal(["500*"], bench.Transport.Discarded);
    }

    [Fact]
    public async Task Caller_cancels_the_wait_after_both_have_failed_the_token_goes_back()
    {
        using var bench = new HedgeBench(4, others: static (retry, _) => retry.BaseDelay = retry.MaxDelay = TimeSpan.FromSeconds(5));
        using var caller = new CancellationTokenSource();
        var call = bench.Calls.CallAsync(caller.Token);
        bench.Pass(100);
        bench.Answer(1, "500 1*");
        bench.Answer(2, "500 2*");
        Assert.False(call.IsCompleted);

        await caller.CancelAsync();

        await CancelledAsync(bench, call, 9, caller.Token);
        Assert.Equal(["500 1*", "500 2*"], bench.Transport.Discarded);
    }

    [Fact]
    public async Task Caller_cancels_and_an_attempt_does_not_listen_the_call_ends_all_the_same()
    {
        using var bench = new HedgeBench(2);
        bench.Attempts.Deaf = 1;
        using var caller = new CancellationTokenSource();
        var call = bench.Calls.CallAsync(caller.Token);
        bench.Pass(100);

        await caller.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => call.WaitAsync(Patience));
        bench.Answer(1, "late");
        await bench.SettledAsync(9.2);
        Assert.Equal(["late"], bench.Transport.Discarded);
    }

    [Fact]
    public async Task Time_of_the_call_is_up_both_end_and_the_error_names_them()
    {
        using var bench = new HedgeBench(3, others: static (_, timeouts) => timeouts.Call = timeouts.Attempt = TimeSpan.FromSeconds(2));
        var call = bench.Calls.CallAsync();
        bench.Pass(100);

        bench.Pass(1890);
        Assert.False(call.IsCompleted);
        bench.Pass(100);

        var error = await Assert.ThrowsAsync<CallFailedException>(() => call.WaitAsync(Patience));
        Assert.Equal(CallFailureReason.DeadlineExceeded, error.Reason);
        Assert.Equal(2, error.Attempts.Count);
        await bench.SettledAsync(9);
    }

    [Fact]
    public async Task Attempt_times_out_it_counts_and_the_other_goes_on()
    {
        using var bench = new HedgeBench(2, others: static (_, timeouts) => timeouts.Attempt = TimeSpan.FromSeconds(1));
        var call = bench.Calls.CallAsync();
        bench.Pass(100);

        bench.Pass(960);
        await HedgeBench.EventuallyAsync(() => bench.Calls.InFlight == 1);
        Assert.False(call.IsCompleted);
        bench.Answer(2, "fine");

        Assert.Equal("fine", await call.WaitAsync(Patience));
        Assert.Equal((1, 1), bench.Attempts.EndpointOf(1).Health.Window.Read(bench.Calls.Cluster.Clock.Now));
        await bench.SettledAsync(9.2);
    }

    [Fact]
    public async Task What_the_caller_sends_throws_their_exception_ends_all_attempts()
    {
        using var bench = new HedgeBench(3);
        var call = bench.Calls.CallAsync();
        bench.Pass(100);

        bench.Throw(2, new InvalidOperationException("the content"));

        var error = await Assert.ThrowsAsync<InvalidOperationException>(() => call.WaitAsync(Patience));
        Assert.Equal("the content", error.Message);
        await HedgeBench.EventuallyAsync(() => bench.Attempts.IsStopped(1));
        await bench.SettledAsync(9);
    }

    [Fact]
    public async Task Many_calls_with_random_ends_leave_no_lease_no_token_and_no_unobserved_exception()
    {
        // Those of tests that run at the same time come here too.
        var unobserved = new ConcurrentQueue<string>();
        void Count(object? sender, UnobservedTaskExceptionEventArgs e)
        {
            if (e.Exception.ToString() is var text && text.Contains(OfThese, StringComparison.Ordinal))
            {
                unobserved.Enqueue(text);
            }
        }

        TaskScheduler.UnobservedTaskException += Count;
        try
        {
            var random = new Random(7);
            for (var run = 0; run < 400; run++)
            {
                await RunAsync(random.Next());
            }

            GC.Collect();
            GC.WaitForPendingFinalizers();
            GC.Collect();
            Assert.Empty(unobserved);
        }
        finally
        {
            TaskScheduler.UnobservedTaskException -= Count;
        }
    }

    private static async Task RunAsync(int seed)
    {
        var random = new Random(seed);
        using var bench = new HedgeBench(random.Next(1, 5), hedging => hedging.MaxAttempts = random.Next(2, 4), (retry, _) => retry.MaxAttempts = random.Next(2, 5));
        bench.Attempts.Deaf = random.Next(0, 3);
        using var caller = new CancellationTokenSource();
        var call = bench.Calls.CallAsync(caller.Token);
        var answers = 0;
        for (var step = 0; step < 40 && !call.IsCompleted; step++)
        {
            bench.Pass(random.Next(0, 120));
            if (random.Next(30) == 0)
            {
                await caller.CancelAsync();
            }

            var attempt = random.Next(1, bench.Attempts.Count + 1);
            answers += random.Next(5) switch
            {
                0 => bench.Attempts[attempt].TrySetResult($"fine-{step}*") ? 1 : 0,
                1 => bench.Attempts[attempt].TrySetResult($"500 {step}*") ? 1 : 0,
                2 => bench.Attempts[attempt].TrySetException(new IOException("reset" + OfThese)) ? 0 : 0,
                3 => bench.Attempts[attempt].TrySetException(new HttpRequestException("refused" + OfThese)) ? 0 : 0,
                _ => 0,
            };
        }

        await caller.CancelAsync();
        var isAnswered = false;
        for (var attempt = 1; attempt <= bench.Attempts.Count; attempt++)
        {
            bench.Attempts[attempt].TrySetCanceled();
        }

        try
        {
            await call.WaitAsync(Patience);
            isAnswered = true;
        }
        catch (Exception e) when (e is OperationCanceledException or CallFailedException)
        {
            // Either end is right: which one is not what is asked here.
        }

        // Each answer was discarded or is the caller's, whose body is open: none is lost and none is discarded twice.
        await HedgeBench.EventuallyAsync(() => bench.Transport.Discarded.Count == answers - (isAnswered ? 1 : 0));
        await HedgeBench.EventuallyAsync(() => bench.Calls.InFlight == (isAnswered ? 1 : 0));
        Assert.Equal(1, bench.Transport.Finished);
        Assert.InRange(bench.Calls.Budget, 10 - bench.Attempts.Count, 10.5);
    }

    private static async Task CancelledAsync(HedgeBench bench, Task<string> call, double budget, CancellationToken token)
    {
        var error = await Assert.ThrowsAnyAsync<OperationCanceledException>(() => call.WaitAsync(Patience));
        Assert.Equal(token, error.CancellationToken);
        await bench.SettledAsync(budget);
    }
}
