using System.Net;
using ClientLb.Endpoints;
using ClientLb.Http.Grpc;

namespace ClientLb.Tests.Http.Grpc;

public class GrpcRulesTests
{
    private static readonly GrpcRules s_rules = new(new GrpcOptions());

    [Theory]
    [InlineData("0", null, OutcomeKind.Success, true)]
    [InlineData("5", null, OutcomeKind.Success, false)]
    [InlineData("13", null, OutcomeKind.Failure, false)]
    [InlineData("14", null, OutcomeKind.Failure, true)]
    [InlineData("14", "0", OutcomeKind.Failure, true)]
    [InlineData("14", "250", OutcomeKind.Overloaded, true)]
    [InlineData("14", "-1", OutcomeKind.Failure, false)]
    [InlineData("14", "soon", OutcomeKind.Failure, false)]
    [InlineData("8", null, OutcomeKind.Overloaded, true)]
    [InlineData("8", "-1", OutcomeKind.Overloaded, false)]
    [InlineData("nonsense", null, OutcomeKind.Failure, false)]
    public void Status_in_headers_is_read_by_the_table_of_A6(string status, string? pushback, OutcomeKind kind, bool mayFollow)
    {
        var verdict = s_rules.Of(TrailersOnly(status, pushback));

        Assert.Equal((kind, mayFollow, false), (verdict.Kind, kind == OutcomeKind.Success && status == "0" || !verdict.IsFinal, verdict.IsProvisional));
        Assert.Equal(pushback == "250" ? 250 : 0, verdict.RetryAfter.TotalMilliseconds);
    }

    [Theory]
    [InlineData("8", "0", OutcomeKind.Overloaded, 1)]
    [InlineData("8", null, OutcomeKind.Overloaded, 0)]
    [InlineData("14", "0", OutcomeKind.Failure, 0)]
    public void Pushback_of_zero_is_told_from_none(string status, string? pushback, OutcomeKind kind, long ticks)
    {
        var verdict = s_rules.Of(TrailersOnly(status, pushback));

        Assert.Equal((kind, ticks, false), (verdict.Kind, verdict.RetryAfter.Ticks, verdict.IsFinal));
    }

    [Fact]
    public void Answer_without_a_status_is_provisional_and_its_trailers_tell()
    {
        using var response = new HttpResponseMessage(HttpStatusCode.OK);
        Assert.True(s_rules.Of(response).IsProvisional);
        Assert.False(s_rules.TryReadTrailers(response, out _));

        response.TrailingHeaders.Add("grpc-status", "14");
        Assert.True(s_rules.TryReadTrailers(response, out var verdict));
        Assert.Equal((OutcomeKind.Failure, Evidence.GrpcStatus, 14), (verdict.Kind, verdict.Evidence, verdict.StatusCode));
    }

    [Fact]
    public void Lists_of_statuses_are_options()
    {
        var options = new GrpcOptions();
        options.FailureStatuses.Clear();
        options.FailureStatuses.Add("ABORTED");
        options.RetryableStatuses.Clear();
        options.RetryableStatuses.Add("not_found");
        var rules = new GrpcRules(options);

        Assert.Equal(OutcomeKind.Success, rules.Of(TrailersOnly("13", null)).Kind);
        Assert.Equal((OutcomeKind.Failure, true), (rules.Of(TrailersOnly("10", null)).Kind, rules.Of(TrailersOnly("10", null)).IsFinal));

        // Made again, and the endpoint has done nothing wrong.
        Assert.Equal((OutcomeKind.Failure, true, false), (rules.Of(TrailersOnly("5", null)).Kind, rules.Of(TrailersOnly("5", null)).IsInnocent, rules.Of(TrailersOnly("5", null)).IsFinal));
        Assert.False(rules.Of(TrailersOnly("10", null)).IsInnocent);
    }

    private static HttpResponseMessage TrailersOnly(string status, string? pushback)
    {
        var response = new HttpResponseMessage(HttpStatusCode.OK);
        response.Headers.Add("grpc-status", status);
        if (pushback is not null)
        {
            response.Headers.Add("grpc-retry-pushback-ms", pushback);
        }

        return response;
    }
}
