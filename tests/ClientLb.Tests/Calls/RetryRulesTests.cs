using ClientLb.Calls;
using ClientLb.Endpoints;

namespace ClientLb.Tests.Calls;

public sealed class RetryRulesTests
{
    private static readonly AttemptVerdict s_bad = new(OutcomeKind.Failure, Evidence.ErrorStatus, default, 500);
    private static readonly AttemptVerdict s_gateway = new(OutcomeKind.Failure, Evidence.ErrorStatus, default, 502);

    public static TheoryData<string, OutcomeKind, Evidence> Causes => new()
    {
        { "NotSent", OutcomeKind.NotSent, Evidence.Refused },
        { "NotSent", OutcomeKind.NotSent, Evidence.StreamRefused },
        { "Timeout", OutcomeKind.Failure, Evidence.AttemptTimeout },
        { "Timeout", OutcomeKind.Failure, Evidence.Stalled },
        { "Reset", OutcomeKind.Failure, Evidence.Reset },
        { "Reset", OutcomeKind.Failure, Evidence.BodyBroken },
        { "Reset", OutcomeKind.Failure, Evidence.Unreachable },
        { "Status", OutcomeKind.Failure, Evidence.ErrorStatus },
        { "Overload", OutcomeKind.Overloaded, Evidence.OverloadStatus },
    };

    [Fact]
    public void Defaults_rule_nothing_out() => Assert.Null(RetryRules.Of(new RetryOptions()));

    [Theory]
    [MemberData(nameof(Causes))]
    public void Cause_that_is_left_out_is_not_tried_again_and_alone_it_is(string name, object kind, object evidence)
    {
        var verdict = new AttemptVerdict((OutcomeKind)kind, (Evidence)evidence);
        var (without, alone) = (new RetryOptions(), new RetryOptions());
        without.On.Remove(name);
        alone.On.Clear();
        alone.On.Add(name);

        Assert.False(RetryRules.Of(without)!.Allow(verdict));
        Assert.True(RetryRules.Of(alone)!.Allow(verdict));
    }

    [Fact]
    public void Statuses_narrow_answers_and_nothing_else()
    {
        var options = new RetryOptions { Statuses = { "502-504" } };
        var rules = RetryRules.Of(options)!;

        Assert.False(rules.Allow(s_bad));
        Assert.True(rules.Allow(s_gateway));
        Assert.False(rules.Allow(new(OutcomeKind.Overloaded, Evidence.OverloadStatus, default, 429)));
        Assert.True(rules.Allow(new(OutcomeKind.Overloaded, Evidence.OverloadStatus, default, 503)));
        Assert.True(rules.Allow(new(OutcomeKind.Failure, Evidence.Reset)));
        Assert.True(rules.Allow(new(OutcomeKind.NotSent, Evidence.Refused)));
    }

    [Fact]
    public async Task Call_whose_failure_is_ruled_out_gets_the_answer_at_once()
    {
        using var bench = new CallBench(3, new Script(static _ => "500"), static (retry, _) => retry.On.Remove("Status"));

        Assert.Equal("500", await bench.CallAsync());

        Assert.Single(bench.Transport.Sent);
        Assert.Equal(10, bench.Budget);
    }

    [Fact]
    public async Task Call_that_reached_nobody_is_not_made_again_where_that_is_ruled_out()
    {
        using var bench = new CallBench(3, new Script(static _ => throw new HttpRequestException("refused")), static (retry, _) => retry.On.Remove("NotSent"));

        var error = await bench.FailAsync();

        Assert.Equal(CallFailureReason.AttemptsFailed, error.Reason);
        Assert.Single(bench.Transport.Sent);
    }
}
