using ClientLb.AspNetCore.Deadlines;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace ClientLb.Tests.AspNetCore;

public sealed class AllocationTests
{
    private const int Rounds = 5_000;

    [Fact]
    public void Request_without_a_deadline_and_below_the_limit_allocates_nothing()
    {
        using var rig = new ServerRig(static o => o.MaxConcurrentRequests = 10);
        var context = Request();

        var allocated = Allocated(() => Assert.True(rig.InvokeAsync(context).IsCompletedSuccessfully));

        Assert.Equal(0, allocated);
    }

    [Fact]
    public void Request_that_takes_time_allocates_one_object()
    {
        using var rig = new ServerRig(static o => o.MaxConcurrentRequests = 10);
        var ends = Enumerable.Range(0, (2 * Rounds) + 1).Select(static _ => new TaskCompletionSource()).ToArray();
        var context = Request();
        var next = 0;
        rig.Pipeline = _ => ends[next].Task;

        var allocated = Allocated(() =>
        {
            var served = rig.InvokeAsync(context);
            ends[next++].SetResult();
            Assert.True(served.IsCompletedSuccessfully);
        });

        // The state of one async method, which is its task too; larger without optimization.
        Assert.InRange((double)allocated / Rounds, 1, 256);
    }

    [Fact]
    public void Deadline_costs_a_token_and_a_timer()
    {
        using var caller = new CancellationTokenSource();

        var allocated = Allocated(() => new RequestDeadline(TimeSpan.FromSeconds(30), TimeProvider.System, caller.Token).Dispose());

        Assert.InRange((double)allocated / Rounds, 1, 512);
    }

    private static DefaultHttpContext Request()
    {
        var context = new DefaultHttpContext();
        context.Features.Set<IHttpResponseFeature>(new Response());
        context.Request.Path = "/api/orders";
        context.Request.Headers.Accept = "application/json";
        return context;
    }

    private static long Allocated(Action action)
    {
        // As on a server's threads: with a context, continuations would run elsewhere.
        SynchronizationContext.SetSynchronizationContext(null);
        for (var i = 0; i < Rounds; i++)
        {
            action();
        }

        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < Rounds; i++)
        {
            action();
        }

        return GC.GetAllocatedBytesForCurrentThread() - before;
    }

    /// <summary>Forgets its callbacks: a server keeps them in a list that it uses again.</summary>
    private sealed class Response : HttpResponseFeature
    {
        public override void OnStarting(Func<object, Task> callback, object state)
        {
        }
    }
}
