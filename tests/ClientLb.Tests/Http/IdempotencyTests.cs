using System.Net;
using ClientLb.Http;

namespace ClientLb.Tests.Http;

/// <summary>What the application says of a single call goes before methods and headers.</summary>
public sealed class IdempotencyTests
{
    [Theory]
    [InlineData("POST", null, null, 1)]
    [InlineData("POST", true, null, 2)]
    [InlineData("POST", false, "key", 1)]
    [InlineData("POST", null, "key", 2)]
    [InlineData("GET", null, null, 2)]
    [InlineData("GET", false, null, 1)]
    [InlineData("PATCH", true, null, 2)]
    public async Task Option_decides_whether_a_call_is_made_again(string method, bool? says, string? key, int attempts)
    {
        await using var bench = new HttpBench(static (request, number, _) => HttpBench.AnswerAsync(request, number == 1 ? 500 : 200));
        using var request = new HttpRequestMessage(new HttpMethod(method), "/");
        if (says is { } isIdempotent)
        {
            request.Options.Set(LoadBalancingRequestOptions.IsIdempotent, isIdempotent);
        }

        if (key is not null)
        {
            request.Headers.Add("Idempotency-Key", key);
        }

        using var answer = await bench.Client.SendAsync(request);

        Assert.Equal(attempts, bench.Sent.Count);
        Assert.Equal(attempts == 1 ? HttpStatusCode.InternalServerError : HttpStatusCode.OK, answer.StatusCode);
    }

    [Theory]
    [InlineData("GET", null, false, false)]
    [InlineData("GET", false, false, true)]
    [InlineData("GET", null, true, true)]
    [InlineData("HEAD", null, true, false)]
    [InlineData("DELETE", null, false, true)]
    public async Task Call_that_may_not_be_repeated_has_the_empty_content_which_is_never_sent_again_below_us(string method, bool? says, bool isGetLeftOut, bool hasContent)
    {
        var had = false;
        await using var bench = new HttpBench(
            (request, _, _) =>
            {
                had = request.Content is EmptyRequestContent;
                return HttpBench.AnswerAsync(request);
            },
            options =>
            {
                if (isGetLeftOut)
                {
                    options.Retry.Methods.Remove("GET");
                }
            });
        using var request = new HttpRequestMessage(HttpMethod.Parse(method), "/");
        if (says is { } isIdempotent)
        {
            request.Options.Set(LoadBalancingRequestOptions.IsIdempotent, isIdempotent);
        }

        (await bench.Client.SendAsync(request)).Dispose();

        Assert.Equal(hasContent, had);
        Assert.Null(request.Content);
    }
}
