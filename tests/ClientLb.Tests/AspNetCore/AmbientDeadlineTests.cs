using ClientLb.Calls;

namespace ClientLb.Tests.AspNetCore;

/// <summary>What calls that are made while a request is served know of its deadline.</summary>
public sealed class AmbientDeadlineTests
{
    private static readonly (string, string) HalfSecond = ("X-Request-Timeout-Ms", "500");

    [Fact]
    public async Task Work_of_a_request_with_a_deadline_has_what_is_left_of_it()
    {
        using var rig = new ServerRig();
        var left = TimeSpan.Zero;
        rig.Pipeline = async _ =>
        {
            rig.Time.Advance(0.2);
            await Task.Yield();
            left = CallDeadline.Current!.Remaining;
        };

        await rig.Send(new("/", HalfSecond)).Served;

        Assert.Equal(TimeSpan.FromSeconds(0.3), left);
        Assert.Null(CallDeadline.Current);
    }

    [Fact]
    public async Task Work_of_a_request_without_a_deadline_has_none()
    {
        var wasDifferent = false;
        using var rig = new ServerRig(pipeline: _ =>
        {
            wasDifferent = CallDeadline.Current is not null;
            return Task.CompletedTask;
        });

        await rig.Send(new("/")).Served;

        Assert.False(wasDifferent);
    }

    [Fact]
    public async Task Work_that_a_request_leaves_behind_is_bound_no_more_when_it_has_ended()
    {
        var goOn = new TaskCompletionSource();
        Task<CallDeadline?>? left = null;
        using var rig = new ServerRig(pipeline: _ =>
        {
            left = LookLaterAsync(goOn.Task);
            return Task.CompletedTask;
        });

        await rig.Send(new("/", HalfSecond)).Served;
        goOn.SetResult();

        Assert.Null(await left!);
    }

    [Theory]
    [InlineData(CallFailureReason.DeadlineExceeded, true)]
    [InlineData(CallFailureReason.AttemptsFailed, false)]
    public async Task Call_that_ran_out_of_the_requests_time_ends_it_as_its_own_token_does(CallFailureReason reason, bool isGivenUp)
    {
        using var rig = new ServerRig();
        rig.Pipeline = _ =>
        {
            rig.Time.Advance(0.5);
            throw new CallFailedException(reason, "orders", [], "It failed.", null, HttpRequestError.Unknown);
        };
        var exchange = new Exchange("/", HalfSecond);

        if (isGivenUp)
        {
            await rig.Send(exchange).Served;
            Assert.Equal(504, exchange.Status);
        }
        else
        {
            await Assert.ThrowsAsync<CallFailedException>(() => rig.Send(exchange).Served);
        }
    }

    private static async Task<CallDeadline?> LookLaterAsync(Task goOn)
    {
        await goOn;
        return CallDeadline.Current;
    }
}
