using ClientLb.Http;

namespace ClientLb.Tests.Http;

/// <summary>Ids of calls and numbers of attempts.</summary>
public sealed class AttemptMarksTests
{
    private const string Id = "X-Request-ID";
    private const string Attempt = "X-Attempt";

    [Fact]
    public async Task Neither_is_made_unless_it_is_asked_for()
    {
        await using var client = new MarkedRequests();
        using var request = Get();

        await client.SendAsync(request);

        Assert.Empty(Assert.Single(client.Attempts));
    }

    [Fact]
    public async Task Id_that_is_made_is_the_same_on_all_attempts_and_another_for_each_call()
    {
        await using var client = new MarkedRequests(static o => o.RequestIdHeader = Id) { Failing = 2 };
        using var request = Get();
        using var other = Get();

        await client.SendAsync(request);
        await client.SendAsync(other);

        var ids = client.Sent(Id).ToList();
        Assert.Equal(4, ids.Count);
        Assert.Single(ids.Take(3).Distinct());
        Assert.NotEqual(ids[0], ids[3]);
        Assert.Equal(32, ids[0]!.Length);
        Assert.All(ids[0]!, static c => Assert.True(char.IsAsciiHexDigitLower(c)));
        Assert.Equal([ids[0]], request.Headers.GetValues(Id));
    }

    [Theory]
    [InlineData("")]
    [InlineData(Id)]
    public async Task Id_that_the_request_has_is_kept_on_all_attempts(string setting)
    {
        await using var client = new MarkedRequests(o => o.RequestIdHeader = setting) { Failing = 2 };
        using var request = Get();
        request.Headers.Add(Id, "mine");

        await client.SendAsync(request);

        Assert.Equal(["mine", "mine", "mine"], client.Sent(Id));
    }

    [Fact]
    public async Task Number_of_the_attempt_is_sent_and_the_request_is_the_callers_again_afterwards()
    {
        await using var client = new MarkedRequests(static o => o.Retry.AttemptHeader = Attempt) { Failing = 2 };
        using var request = Get();
        using var own = Get();
        own.Headers.Add(Attempt, "mine");

        await client.SendAsync(request);
        await client.SendAsync(own);

        Assert.Equal(["1", "2", "3", "1"], client.Sent(Attempt));
        Assert.False(request.Headers.Contains(Attempt));
        Assert.Equal(["mine"], own.Headers.GetValues(Attempt));
    }

    private static HttpRequestMessage Get() => new(HttpMethod.Get, "http://orders/");
}
