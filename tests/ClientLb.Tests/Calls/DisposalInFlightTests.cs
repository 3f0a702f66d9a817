using System.Collections.Concurrent;
using ClientLb.Calls;
using ClientLb.Clusters;
using ClientLb.Tests.Http;

namespace ClientLb.Tests.Calls;

/// <summary>Client, cluster and container end while calls are in flight: each call ends too, by an answer or by its time, and nothing of it stays.</summary>
public sealed class DisposalInFlightTests
{
    private const string OfThese = " in one of many calls whose client ends";

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    [Fact]
    public async Task Call_that_waits_for_its_retry_makes_it()
    {
        using var bench = new CallBench(
            2, new Script((_, attempt, _) => Task.FromResult(attempt == 1 ? "500*" : "fine")), static (retry, _) => retry.BaseDelay = retry.MaxDelay = TimeSpan.FromSeconds(1));
        var call = bench.CallAsync();
        Assert.Single(bench.Transport.Sent);

        End(bench);
        bench.Cluster.Time.Advance(1.1);

        Assert.Equal("fine", await call.WaitAsync(Patience));
        Assert.Equal((0, 1), (bench.InFlight, bench.Transport.Finished));
        Assert.Equal(["500*"], bench.Transport.Discarded);
    }

    [Fact]
    public async Task Retry_after_the_end_has_its_time_limit()
    {
        using var bench = new CallBench(
            2, new Script((_, attempt, token) => attempt == 1 ? Task.FromResult("500") : CallBench.HangAsync(token)), static (retry, _) =>
            {
                retry.MaxAttempts = 2;
                retry.BaseDelay = retry.MaxDelay = TimeSpan.FromSeconds(1);
            });
        var call = bench.CallAsync();

        // Nothing is armed during the wait: the timer ends, and begins anew with the attempt.
        End(bench);
        bench.Cluster.Time.Advance(1.1);
        Assert.Equal(2, bench.Transport.Sent.Count);

        await FailsInTimeAsync(bench, call);
        Assert.Equal((0, 1), (bench.InFlight, bench.Transport.Finished));
    }

    [Fact]
    public async Task Hedged_call_whose_attempts_are_both_in_flight_ends_by_their_time()
    {
        using var bench = new HedgeBench(2);
        var call = bench.Calls.CallAsync();
        bench.Pass(150);
        Assert.Equal(2, bench.Attempts.Count);

        End(bench.Calls);

        await FailsInTimeAsync(bench.Calls, call);
        await HedgeBench.EventuallyAsync(() => bench.Calls.InFlight == 0);
        Assert.Equal(1, bench.Transport.Finished);
    }

    [Fact]
    public async Task Hedged_call_that_is_answered_after_the_end_has_its_answer()
    {
        using var bench = new HedgeBench(2);
        var call = bench.Calls.CallAsync();
        End(bench.Calls);
        bench.Pass(150);

        bench.Answer(2, "fine");

        Assert.Equal("fine", await call.WaitAsync(Patience));
        await HedgeBench.EventuallyAsync(() => bench.Calls.InFlight == 0);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Call_in_the_queue_is_served_or_refused_in_time(bool isServed)
    {
        var answer = new TaskCompletionSource<string>();
        var sent = 0;
        using var bench = new CallBench(
            1, new Script((_, _, token) => !isServed ? CallBench.HangAsync(token) : sent++ == 0 ? answer.Task : Task.FromResult("next")), null,
            new ClusterOptions { Limits = { EndpointInFlight = 1, QueueLength = 5, QueueTimeout = TimeSpan.FromSeconds(2) } });
        var (running, waiting) = (bench.CallAsync(), bench.CallAsync());

        End(bench);
        if (isServed)
        {
            answer.SetResult("fine");
            Assert.Equal(("fine", "next"), (await running.WaitAsync(Patience), await waiting.WaitAsync(Patience)));
        }
        else
        {
            bench.Cluster.Time.Advance(2.1);
            Assert.Equal(CallFailureReason.QueueTimeout, (await Assert.ThrowsAsync<CallFailedException>(() => waiting.WaitAsync(Patience))).Reason);
            await FailsInTimeAsync(bench, running);
        }

        Assert.Equal((0, 0, 2), (bench.InFlight, bench.Cluster.Cluster.Gate.Waiting, bench.Transport.Finished));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Body_that_is_read_when_its_container_ends_or_after_is_idle_in_time(bool isReading)
    {
        var stream = new ScriptedStream().Feed("hel");
        var bench = new HttpBench(
            (request, _, _) => Task.FromResult(new HttpResponseMessage { Content = new StreamContent(stream), RequestMessage = request }),
            static options => options.Timeouts.BodyIdle = TimeSpan.FromMilliseconds(200));
        await using var owned = bench;
        var cluster = bench.Cluster;
        using var response = await bench.Client.GetAsync(new Uri("http://orders/"), HttpCompletionOption.ResponseHeadersRead);
        await using var body = await response.Content.ReadAsStreamAsync();
        await body.ReadExactlyAsync(new byte[3]);
        var read = isReading ? body.ReadAsync(new byte[1]).AsTask() : null;

        await bench.DisposeAsync();
        read ??= body.ReadAsync(new byte[1]).AsTask();

        await Assert.ThrowsAsync<IOException>(() => read.WaitAsync(Patience));
        Assert.Equal(0, cluster.Snapshot.Endpoints.Sum(static endpoint => endpoint.Load.InFlight));
    }

    [Fact]
    public async Task Many_calls_that_are_cancelled_at_random_while_their_client_ends_leave_no_lease_and_no_unobserved_exception()
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
            for (var seed = 1; seed <= 100; seed++)
            {
                await RunAsync(seed);
            }

            for (var i = 0; i < 2; i++)
            {
                GC.Collect();
                GC.WaitForPendingFinalizers();
            }

            Assert.Empty(unobserved);
        }
        finally
        {
            TaskScheduler.UnobservedTaskException -= Count;
        }
    }

    /// <summary>Time passes until the call has ended: what its clocks stop goes on on other threads.</summary>
    private static async Task FailsInTimeAsync(CallBench bench, Task<string> call)
    {
        for (var start = TimeProvider.System.GetTimestamp(); !call.IsCompleted; await Task.Yield())
        {
            Assert.True(TimeProvider.System.GetElapsedTime(start) < Patience, "the call hangs");
            bench.Cluster.Time.Advance(0.5);
        }

        await Assert.ThrowsAsync<CallFailedException>(() => call);
    }

    private static async Task RunAsync(int seed)
    {
        var random = new Random(seed);
        var gate = new Lock();
        Task<string> AnswerAsync(CancellationToken token)
        {
            int what;
            lock (gate)
            {
                what = random.Next(8);
            }

            return what switch
            {
                0 => Task.FromResult("fine"),
                1 => Task.FromResult(new string("fine*")),
                2 => Task.FromResult(new string("500*")),
                3 => Task.FromException<string>(new IOException("reset" + OfThese)),
                4 => Task.FromException<string>(new HttpRequestException("refused" + OfThese)),
                _ => CallBench.HangAsync(token),
            };
        }

        using var bench = new CallBench(
            random.Next(1, 4), new Script((_, _, token) => AnswerAsync(token)), (retry, _) =>
            {
                retry.MaxAttempts = random.Next(1, 5);
                retry.BaseDelay = retry.MaxDelay = TimeSpan.FromMilliseconds(300);
            },
            new ClusterOptions { Limits = { EndpointInFlight = random.Next(0, 3), QueueLength = 3, QueueTimeout = TimeSpan.FromSeconds(5) } },
            random.Next(2) == 0 ? new HedgingOptions { Delay = TimeSpan.FromMilliseconds(100) } : null);
        var calls = new List<(Task<string> Call, CancellationTokenSource Caller)>();
        var end = random.Next(12);
        for (var step = 0; step < 12; step++)
        {
            var caller = new CancellationTokenSource();
            calls.Add((bench.CallAsync(caller.Token), caller));
            double pause;
            int? cancelled;
            lock (gate)
            {
                pause = random.NextDouble();
                cancelled = random.Next(2) == 0 ? random.Next(calls.Count) : null;
            }

            bench.Cluster.Time.Advance(pause);
            if (cancelled is { } index)
            {
                await calls[index].Caller.CancelAsync();
            }

            if (step == end)
            {
                End(bench);
            }
        }

        for (var start = TimeProvider.System.GetTimestamp(); !calls.TrueForAll(static call => call.Call.IsCompleted); await Task.Yield())
        {
            Assert.True(TimeProvider.System.GetElapsedTime(start) < Patience, $"a call hangs, seed {seed}");
            bench.Cluster.Time.Advance(0.5);
        }

        foreach (var (call, caller) in calls)
        {
            caller.Dispose();
            try
            {
                if ((await call).EndsWith('*'))
                {
                    bench.Transport.CloseBody();
                }
            }
            catch (Exception e) when (e is OperationCanceledException or CallFailedException)
            {
                // Either end is right: which one is not what is asked here.
            }
        }

        await HedgeBench.EventuallyAsync(() => bench.InFlight == 0);
        Assert.Equal((0, calls.Count), (bench.Cluster.Cluster.Gate.Waiting, bench.Transport.Finished));
    }

    private static void End(CallBench bench)
    {
        bench.Cluster.Dispose();
        bench.Wheel.Dispose();
    }
}
