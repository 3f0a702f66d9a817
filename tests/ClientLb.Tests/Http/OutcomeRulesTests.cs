using System.Net;
using ClientLb.Calls;
using ClientLb.Endpoints;
using ClientLb.Http;
using ClientLb.Settings;
using ClientLb.Tests.Infrastructure;

namespace ClientLb.Tests.Http;

/// <summary>What counts as a failure, by option.</summary>
public sealed class OutcomeRulesTests : IDisposable
{
    private const int Threw = 304;

    private readonly LogBook _log = new();
    private readonly OutcomeOptions _options = new();

    public void Dispose() => _log.Dispose();

    [Fact]
    public void Default_list_is_408_425_and_5xx_but_for_501_and_505()
    {
        var failures = Enumerable.Range(100, 900).Where(status => KindOf(status) == OutcomeKind.Failure);

        Assert.Equal([408, 425, 500, .. Enumerable.Range(502, 3), .. Enumerable.Range(506, 494)], failures);
        Assert.Equal(OutcomeKind.Overloaded, KindOf(429));
    }

    [Fact]
    public void List_replaces_the_default_ranges_included()
    {
        _options.FailureStatuses.Clear();
        _options.FailureStatuses.Add(" 404 - 405 ");
        _options.FailureStatuses.Add("501");
        _options.FailureStatuses.Add("204");

        Assert.Equal([204, 404, 405, 501], Enumerable.Range(100, 900).Where(status => KindOf(status) == OutcomeKind.Failure));
        Assert.Equal(OutcomeKind.Success, KindOf(500));
    }

    [Fact]
    public void List_that_is_empty_makes_no_status_a_failure()
    {
        _options.FailureStatuses.Clear();

        Assert.Equal(OutcomeKind.Success, KindOf(503));
        Assert.Equal(OutcomeKind.Overloaded, KindOf(503, retryAfter: "1"));
    }

    [Theory]
    [InlineData("400-499", 429, null)]
    [InlineData("500-599", 503, "7")]
    public void List_does_not_take_the_plea_for_rest_away(string range, int status, string? retryAfter)
    {
        _options.FailureStatuses.Clear();
        _options.FailureStatuses.Add(range);

        Assert.Equal(OutcomeKind.Overloaded, KindOf(status, retryAfter));
    }

    [Theory]
    [InlineData(200, true, OutcomeKind.Failure)]
    [InlineData(404, true, OutcomeKind.Failure)]
    [InlineData(429, true, OutcomeKind.Failure)]
    [InlineData(429, false, OutcomeKind.Success)]
    [InlineData(429, null, OutcomeKind.Overloaded)]
    [InlineData(500, false, OutcomeKind.Success)]
    [InlineData(500, null, OutcomeKind.Failure)]
    [InlineData(200, null, OutcomeKind.Success)]
    public void Predicate_goes_before_everything_and_null_leaves_it_to_the_list(int status, bool? says, OutcomeKind kind)
    {
        _options.IsFailure = _ => says;

        Assert.Equal(kind, KindOf(status));
    }

    [Fact]
    public void Predicate_of_503_with_Retry_After_makes_it_a_failure_without_rest()
    {
        _options.IsFailure = static _ => true;

        Assert.Equal(new AttemptVerdict(OutcomeKind.Failure, Evidence.ErrorStatus, default, 503), Read(503, "9", Rules()));
    }

    [Fact]
    public void Predicate_that_throws_is_said_once_and_the_list_decides()
    {
        _options.IsFailure = static _ => throw new InvalidOperationException("no such header");
        var rules = Rules();

        Assert.Equal(
            [OutcomeKind.Success, OutcomeKind.Failure, OutcomeKind.Overloaded],
            new[] { 200, 500, 429 }.Select(status => Read(status, null, rules).Kind));
        Assert.Equal(1, _log.Count(Threw));
        Assert.Contains("Client web", _log.TextOf(Threw), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("500", 500, 500)]
    [InlineData("502-504", 502, 504)]
    [InlineData(" 200 - 999 ", 200, 999)]
    public void Range_is_read(string text, int first, int last)
    {
        Assert.True(StatusRange.TryParse(text, out var range));
        Assert.Equal(new StatusRange(first, last), range);
    }

    [Theory]
    [InlineData("")]
    [InlineData("5xx")]
    [InlineData("504-502")]
    [InlineData("199")]
    [InlineData("1000")]
    [InlineData("500-")]
    [InlineData("-500")]
    [InlineData("500-501-502")]
    [InlineData("+500")]
    public void Range_that_means_nothing_is_refused(string text) => Assert.False(StatusRange.TryParse(text, out _));

    private static AttemptVerdict Read(int status, string? retryAfter, OutcomeRules rules)
    {
        using var response = new HttpResponseMessage((HttpStatusCode)status);
        if (retryAfter is not null)
        {
            response.Headers.TryAddWithoutValidation("Retry-After", retryAfter);
        }

        return HttpOutcomes.OfResponse(response, rules, new VirtualTime());
    }

    private OutcomeRules Rules() => new(_options, "web", _log);

    private OutcomeKind KindOf(int status, string? retryAfter = null) => Read(status, retryAfter, Rules()).Kind;
}
