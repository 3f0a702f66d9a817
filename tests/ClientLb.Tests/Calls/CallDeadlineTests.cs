using ClientLb.Calls;
using ClientLb.Tests.Infrastructure;

namespace ClientLb.Tests.Calls;

public sealed class CallDeadlineTests
{
    private readonly VirtualTime _time = new();

    [Fact]
    public async Task Deadline_flows_with_the_work_and_ends_with_it()
    {
        Assert.Null(CallDeadline.Current);
        var deadline = CallDeadline.Begin(TimeSpan.FromSeconds(5), _time);
        _time.Advance(2);

        Assert.Same(deadline, CallDeadline.Current);
        Assert.Equal(TimeSpan.FromSeconds(3), await Task.Run(static () => CallDeadline.Current!.Remaining));
        _time.Advance(9);
        Assert.Equal(TimeSpan.Zero, deadline.Remaining);
        deadline.Dispose();
        Assert.Null(CallDeadline.Current);
    }

    [Fact]
    public async Task Work_that_is_left_behind_is_bound_no_more()
    {
        var goOn = new TaskCompletionSource();
        Task<CallDeadline?> left;
        using (CallDeadline.Begin(TimeSpan.FromSeconds(5), _time))
        {
            left = LookLaterAsync(goOn.Task);
        }

        goOn.SetResult();

        Assert.Null(await left);
    }

    [Fact]
    public async Task Deadline_that_was_begun_in_a_method_is_not_its_callers()
    {
        await BeginAsync(_time);

        Assert.Null(CallDeadline.Current);
    }

    [Theory]
    [InlineData(5, 9, 5)]
    [InlineData(9, 5, 5)]
    public void Inside_of_another_the_shorter_time_counts(int outer, int inner, int expected)
    {
        using var first = CallDeadline.Begin(TimeSpan.FromSeconds(outer), _time);
        using (CallDeadline.Begin(TimeSpan.FromSeconds(inner), _time))
        {
            Assert.Equal(TimeSpan.FromSeconds(expected), CallDeadline.Current!.Remaining);
        }

        Assert.Same(first, CallDeadline.Current);
    }

    [Fact]
    public async Task Outer_work_goes_on_when_the_inner_has_ended_elsewhere()
    {
        using var outer = CallDeadline.Begin(TimeSpan.FromSeconds(9), _time);
        var inner = CallDeadline.Begin(TimeSpan.FromSeconds(5), _time);

        await Task.Run(inner.Dispose);

        Assert.Same(outer, CallDeadline.Current);
    }

    private static async Task<CallDeadline?> LookLaterAsync(Task goOn)
    {
        await goOn;
        return CallDeadline.Current;
    }

    private static async Task BeginAsync(VirtualTime time)
    {
        CallDeadline.Begin(TimeSpan.FromSeconds(5), time);
        await Task.Yield();
        Assert.NotNull(CallDeadline.Current);
    }
}
