using System.Net;
using ClientLb.Http;

namespace ClientLb.Tests.Http;

public sealed class ResponseBodiesTests
{
    [Theory]
    [InlineData("GET", 200, null, true)]
    [InlineData("GET", 200, 5, true)]
    [InlineData("GET", 200, 0, false)]
    [InlineData("HEAD", 200, 5, false)]
    [InlineData("GET", 204, null, false)]
    [InlineData("GET", 304, null, false)]
    public void Body_is_expected_by_method_status_and_length(string method, int status, int? length, bool expected)
    {
        using var request = new HttpRequestMessage(new HttpMethod(method), "http://orders/");
        using var response = new HttpResponseMessage((HttpStatusCode)status) { Content = new StreamContent(new ScriptedStream()) };
        if (length is not null)
        {
            response.Content.Headers.TryAddWithoutValidation("Content-Length", length.ToString());
        }

        Assert.Equal(expected, ResponseBodies.IsExpected(request, response));
    }

    [Theory]
    [InlineData("GET", 101, true)]
    [InlineData("CONNECT", 200, true)]
    [InlineData("CONNECT", 502, false)]
    [InlineData("GET", 200, false)]
    public void Upgrade_is_known_by_method_and_status(string method, int status, bool expected)
    {
        using var request = new HttpRequestMessage(new HttpMethod(method), "http://orders/");
        using var response = new HttpResponseMessage((HttpStatusCode)status);

        Assert.Equal(expected, ResponseBodies.IsUpgrade(request, response));
    }
}
