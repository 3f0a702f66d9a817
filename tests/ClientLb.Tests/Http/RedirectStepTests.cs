using System.Net;
using System.Net.Http.Headers;
using ClientLb.Http;

namespace ClientLb.Tests.Http;

public sealed class RedirectStepTests
{
    [Theory]
    [InlineData(300, "POST", "GET")]
    [InlineData(301, "POST", "GET")]
    [InlineData(302, "POST", "GET")]
    [InlineData(303, "POST", "GET")]
    [InlineData(303, "PUT", "GET")]
    [InlineData(303, "HEAD", "HEAD")]
    [InlineData(301, "PUT", "PUT")]
    [InlineData(302, "DELETE", "DELETE")]
    [InlineData(307, "POST", "POST")]
    [InlineData(308, "POST", "POST")]
    public void Method_and_content_change_as_in_the_handler(int status, string method, string expected)
    {
        using var request = Request("http://orders/a", method);
        request.Content = new StringContent("x");
        request.Headers.TransferEncodingChunked = true;
        using var response = Response(status, "/b");

        Assert.True(RedirectStep.TryRead(request, response, out var step));
        step.ApplyTo(request);

        Assert.Equal("http://orders/b", request.RequestUri!.AbsoluteUri);
        Assert.Equal(expected, request.Method.Method);
        Assert.Equal(expected == method, request.Content is not null);
        Assert.Equal(expected == method, request.Headers.TransferEncodingChunked);
        Assert.Equal(expected != method, step.BecomesGet);
    }

    [Theory]
    [InlineData(200, "/b")]
    [InlineData(304, "/b")]
    [InlineData(305, "/b")]
    [InlineData(400, "/b")]
    [InlineData(302, null)]
    [InlineData(302, "ftp://orders/b")]
    public void Other_responses_are_answers(int status, string? location)
    {
        using var request = Request("http://orders/a");
        using var response = Response(status, location);

        Assert.False(RedirectStep.TryRead(request, response, out _));
    }

    [Theory]
    [InlineData("https://orders/a", "http://orders/b", false)]
    [InlineData("https://orders/a", "https://orders/b", true)]
    [InlineData("http://orders/a", "https://orders/b", true)]
    public void Security_is_never_given_up(string from, string to, bool followed)
    {
        using var request = Request(from);
        using var response = Response(302, to);

        Assert.Equal(followed, RedirectStep.TryRead(request, response, out _));
    }

    [Theory]
    [InlineData("http://orders/a#part", "/b", "http://orders/b#part")]
    [InlineData("http://orders/a#part", "/b#other", "http://orders/b#other")]
    [InlineData("http://orders/a/c?q=1", "d?r=2", "http://orders/a/d?r=2")]
    public void Target_is_resolved_and_inherits_the_fragment(string from, string location, string expected)
    {
        using var request = Request(from);
        using var response = Response(302, location);

        Assert.True(RedirectStep.TryRead(request, response, out var step));

        Assert.Equal(expected, step.Target.AbsoluteUri);
    }

    [Theory]
    [InlineData("http://ORDERS:80/b", false)]
    [InlineData("http://orders:81/b", true)]
    [InlineData("https://orders/b", true)]
    [InlineData("http://elsewhere/b", true)]
    public void Credentials_stay_behind_when_the_authority_differs(string location, bool leaves)
    {
        using var request = Request("http://orders/a");
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", "secret");
        request.Headers.TryAddWithoutValidation("Cookie", "id=1");
        request.Headers.Host = "orders.shop";
        using var response = Response(302, location);

        Assert.True(RedirectStep.TryRead(request, response, out var step));
        step.ApplyTo(request);

        Assert.Equal(leaves, step.LeavesAuthority);
        Assert.Equal(leaves, request.Headers.Authorization is null);
        Assert.Equal(leaves, !request.Headers.Contains("Cookie"));
        Assert.Equal(leaves, request.Headers.Host is null);
    }

    private static HttpRequestMessage Request(string uri, string method = "GET") => new(new HttpMethod(method), uri);

    private static HttpResponseMessage Response(int status, string? location)
    {
        var response = new HttpResponseMessage((HttpStatusCode)status);
        if (location is not null)
        {
            response.Headers.TryAddWithoutValidation("Location", location);
        }

        return response;
    }
}
