using ClientLb.Endpoints;
using ClientLb.Health;
using ClientLb.Health.Checks;
using FsCheck;
using FsCheck.Fluent;

namespace ClientLb.Tests.Health.Checks;

public class CheckTallyTests
{
    private static readonly CheckFinding s_failed = CheckFinding.Failed("answered 503");

    private readonly HealthCheckOptions _options = new();
    private readonly CheckTally _tally = new();

    [Fact]
    public void Reason_of_failures_that_differ_names_the_last()
    {
        _tally.Add(CheckState.Passing, CheckFinding.TooSlow, _options);
        _tally.Add(CheckState.Passing, s_failed, _options);
        Assert.Equal(CheckState.Failing, _tally.Add(CheckState.Passing, s_failed, _options));

        Assert.Equal("GET /health at 10.0.0.1:80 failed three times in a row (last: answered 503)", _tally.Reason("GET /health", "10.0.0.1:80"));
    }

    [Fact]
    public void Reason_of_equal_failures_says_how_often()
    {
        for (var i = 0; i < 3; i++)
        {
            _tally.Add(CheckState.Passing, s_failed, _options);
        }

        Assert.Equal("GET /health at 10.0.0.1:80 answered 503 three times in a row", _tally.Reason("GET /health", "10.0.0.1:80"));
    }

    [Fact]
    public void Statement_of_the_server_needs_no_second_time()
    {
        Assert.Equal(CheckState.Failing, _tally.Add(CheckState.Passing, s_failed, _options, isStatement: true));
        Assert.Equal(CheckState.Passing, _tally.Add(CheckState.Failing, CheckFinding.Passed, _options, isStatement: true));
    }

    [Fact]
    public void Check_that_could_not_be_made_changes_nothing()
    {
        _tally.Add(CheckState.Passing, s_failed, _options);
        _tally.Add(CheckState.Passing, new CheckFinding(CheckMark.Unclear, Evidence.None, "no handles"), _options);
        _tally.Add(CheckState.Passing, s_failed, _options);

        Assert.Equal(CheckState.Failing, _tally.Add(CheckState.Passing, s_failed, _options));
    }

    [Fact]
    public void One_that_has_never_passed_goes_on_waiting_unless_nobody_is_there()
    {
        for (var i = 0; i < 5; i++)
        {
            Assert.Equal(CheckState.Pending, _tally.Add(CheckState.Pending, s_failed, _options, isStatement: i == 4));
        }

        Assert.Equal(CheckState.Failing, _tally.Add(CheckState.Pending, new CheckFinding(CheckMark.Failed, Evidence.Refused, "was refused"), _options));
    }

    [Theory]
    [InlineData(CheckState.Pending)]
    [InlineData(CheckState.Unknown)]
    public void Verdicts_keep_to_the_thresholds_whatever_comes(CheckState first) =>
        Prop.ForAll(
            Gen.Elements(CheckMark.Passed, CheckMark.Degraded, CheckMark.Failed, CheckMark.Failed, CheckMark.Unclear).ListOf().ToArbitrary(),
            Gen.Choose(1, 4).Two().ToArbitrary(),
            (marks, thresholds) =>
            {
                var options = new HealthCheckOptions { Failures = thresholds.Item1, Successes = thresholds.Item2 };
                var tally = new CheckTally();
                var (state, failures, successes) = (first, 0, 0);
                foreach (var mark in marks)
                {
                    var next = tally.Add(state, new CheckFinding(mark, Evidence.None, mark.ToString()), options);
                    failures = mark == CheckMark.Failed ? failures + 1 : mark == CheckMark.Unclear ? failures : 0;
                    successes = mark == CheckMark.Failed ? 0 : mark == CheckMark.Unclear ? successes : successes + 1;
                    var expected = mark switch
                    {
                        CheckMark.Unclear => state,
                        CheckMark.Failed => failures >= thresholds.Item1 && state != CheckState.Pending ? CheckState.Failing : state,
                        _ when state == CheckState.Failing && successes < thresholds.Item2 => state,
                        CheckMark.Degraded => CheckState.Degraded,
                        _ => CheckState.Passing,
                    };
                    if (next != expected)
                    {
                        return false;
                    }

                    state = next;
                }

                return true;
            }).Check(Config.QuickThrowOnFailure.WithMaxTest(500));
}
