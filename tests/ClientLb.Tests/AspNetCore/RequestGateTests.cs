using ClientLb.AspNetCore.Concurrency;
using FsCheck;
using FsCheck.Fluent;

namespace ClientLb.Tests.AspNetCore;

public sealed class RequestGateTests
{
    /// <summary>For what comes from another thread.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    [Fact]
    public void Gate_without_limit_only_counts()
    {
        var gate = new RequestGate(0, 0);

        Assert.All(Enumerable.Range(0, 1000), _ => Assert.True(gate.TryEnter()));
        Assert.Equal(1000, gate.InFlight);
        gate.Leave();
        Assert.Equal(999, gate.InFlight);
    }

    [Fact]
    public async Task Full_gate_without_queue_refuses()
    {
        var gate = new RequestGate(2, 0);

        Assert.Equal(GateEntry.Entered, await gate.EnterAsync(CancellationToken.None));
        Assert.Equal(GateEntry.Entered, await gate.EnterAsync(CancellationToken.None));
        Assert.Equal(GateEntry.Refused, await gate.EnterAsync(CancellationToken.None));
        gate.Leave();
        Assert.Equal(GateEntry.Entered, await gate.EnterAsync(CancellationToken.None));
        Assert.Equal(2, gate.InFlight);
    }

    [Fact]
    public async Task Free_place_goes_to_the_first_that_waits_and_not_to_who_comes_now()
    {
        var gate = new RequestGate(1, 2);
        Assert.True(gate.TryEnter());
        var first = gate.EnterAsync(CancellationToken.None).AsTask();
        var second = gate.EnterAsync(CancellationToken.None).AsTask();

        Assert.Equal((3, 2), (gate.InFlight, gate.Queued));
        gate.Leave();
        Assert.False(gate.TryEnter());
        Assert.Equal(GateEntry.Entered, await first.WaitAsync(Patience));
        Assert.False(second.IsCompleted);
        gate.Leave();
        Assert.Equal(GateEntry.Entered, await second.WaitAsync(Patience));
        gate.Leave();
        Assert.Equal((0, 0), (gate.InFlight, gate.Queued));
    }

    [Fact]
    public async Task Who_leaves_the_queue_makes_room_in_it_and_gets_no_place()
    {
        var gate = new RequestGate(1, 1);
        using var gone = new CancellationTokenSource();
        Assert.True(gate.TryEnter());
        var first = gate.EnterAsync(gone.Token).AsTask();
        Assert.Equal(GateEntry.Refused, await gate.EnterAsync(CancellationToken.None));

        await gone.CancelAsync();
        Assert.Equal(GateEntry.Left, await first.WaitAsync(Patience));
        var second = gate.EnterAsync(CancellationToken.None).AsTask();
        gate.Leave();

        Assert.Equal(GateEntry.Entered, await second.WaitAsync(Patience));
        Assert.Equal((1, 0), (gate.InFlight, gate.Queued));
    }

    [Fact]
    public async Task Who_is_gone_already_does_not_wait()
    {
        var gate = new RequestGate(1, 1);
        Assert.True(gate.TryEnter());

        Assert.Equal(GateEntry.Left, await gate.EnterAsync(new CancellationToken(canceled: true)).AsTask().WaitAsync(Patience));
        Assert.Equal((1, 0), (gate.InFlight, gate.Queued));
    }

    /// <summary>Against a model of two lists, whatever comes in whatever order.</summary>
    [Fact]
    public void Gate_does_what_a_counter_and_a_list_would_do()
    {
        var steps = Gen.ArrayOf(Gen.Choose(0, 5));
        var cases = Gen.Choose(1, 4).SelectMany(limit => Gen.Choose(0, 4).SelectMany(queue => steps.Select(s => (limit, queue, s))));
        Prop.ForAll(cases.ToArbitrary(), static sample => Follows(sample.limit, sample.queue, sample.s)).QuickCheckThrowOnFailure();
    }

    [Fact]
    public async Task Threads_never_exceed_the_limit_and_leave_nothing_behind()
    {
        const int Limit = 3;
        var gate = new RequestGate(Limit, 2);
        int running = 0, most = 0, entered = 0, refused = 0, left = 0;

        await Task.WhenAll(Enumerable.Range(0, 8).Select(worker => Task.Run(async () =>
        {
            for (var i = 0; i < 3000; i++)
            {
                using var gone = new CancellationTokenSource();
                var entry = gate.EnterAsync(gone.Token);
                if (i % 7 == worker % 7)
                {
                    await gone.CancelAsync();
                }

                switch (await entry)
                {
                    case GateEntry.Entered:
                        var now = Interlocked.Increment(ref running);
                        InterlockedMax(ref most, now);
                        Interlocked.Increment(ref entered);
                        if (i % 3 == 0)
                        {
                            await Task.Yield();
                        }

                        Interlocked.Decrement(ref running);
                        gate.Leave();
                        break;
                    case GateEntry.Refused:
                        Interlocked.Increment(ref refused);
                        break;
                    default:
                        Interlocked.Increment(ref left);
                        break;
                }
            }
        }))).WaitAsync(Patience);

        Assert.InRange(most, 1, Limit);
        Assert.Equal(8 * 3000, entered + refused + left);
        Assert.Equal((0, 0), (gate.InFlight, gate.Queued));
    }

    private static bool Follows(int limit, int queueLength, int[] steps)
    {
        var gate = new RequestGate(limit, queueLength);
        var running = 0;
        var waiting = new List<(Task<GateEntry> Task, CancellationTokenSource Gone)>();
        foreach (var step in steps)
        {
            switch (step)
            {
                case 4 when running > 0:
                    gate.Leave();
                    if (waiting.Count == 0)
                    {
                        running--;
                    }
                    else if (End(waiting, 0) != GateEntry.Entered)
                    {
                        return false;
                    }

                    break;
                case 5 when waiting.Count > 0:
                    var index = steps.Length % waiting.Count;
                    waiting[index].Gone.Cancel();
                    if (End(waiting, index) != GateEntry.Left)
                    {
                        return false;
                    }

                    break;
                case < 4:
                    var gone = new CancellationTokenSource();
                    var entry = gate.EnterAsync(gone.Token).AsTask();
                    var expected = running < limit ? GateEntry.Entered : waiting.Count < queueLength ? (GateEntry?)null : GateEntry.Refused;
                    if (expected is null ? entry.IsCompleted : !entry.IsCompleted || entry.Result != expected)
                    {
                        return false;
                    }

                    running += expected == GateEntry.Entered ? 1 : 0;
                    if (expected is null)
                    {
                        waiting.Add((entry, gone));
                    }

                    break;
            }

            if (gate.InFlight != running + waiting.Count || gate.Queued != waiting.Count)
            {
                return false;
            }
        }

        return true;
    }

    private static GateEntry End(List<(Task<GateEntry> Task, CancellationTokenSource Gone)> waiting, int index)
    {
        var task = waiting[index].Task;
        waiting.RemoveAt(index);
        return task.WaitAsync(Patience).GetAwaiter().GetResult();
    }

    private static void InterlockedMax(ref int most, int value)
    {
        var seen = Volatile.Read(ref most);
        while (value > seen)
        {
            var before = Interlocked.CompareExchange(ref most, value, seen);
            seen = before == seen ? value : before;
        }
    }
}
