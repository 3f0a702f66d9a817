using System.Net;
using ClientLb.IntegrationTests.Infrastructure;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace ClientLb.IntegrationTests.Http;

public class ProtocolTests
{
    [Fact]
    public async Task Http2_by_prior_knowledge_goes_to_every_endpoint()
    {
        await using var backends = await BackendGroup.StartAsync(3, HttpProtocols.Http2);
        await using var app = BalancedApp.To("h2", backends);
        var answers = await Task.WhenAll(Enumerable.Range(0, 60).Select(async _ =>
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, "/delay/20") { Version = HttpVersion.Version20, VersionPolicy = HttpVersionPolicy.RequestVersionExact };
            using var response = await app.Client.SendAsync(request);
            Assert.Equal(HttpVersion.Version20, response.Version);
            return await response.Content.ReadAsStringAsync();
        }));

        Assert.Equal(backends.Select(static b => b.Authority).Order(), answers.Distinct().Order());
        Assert.All(backends.Requests, static r => Assert.Equal("h2", r.Host));
        await app.NothingInFlightAsync();
    }

    [Fact]
    public async Task Expect_continue_sends_the_body_that_is_asked_for()
    {
        await using var backends = await BackendGroup.StartAsync(1);
        await using var app = BalancedApp.To("expect", backends);
        using var request = Post("/echo", new StringContent("body"));
        using var response = await app.Client.SendAsync(request);

        Assert.Equal("body", await response.Content.ReadAsStringAsync());
    }

    [Fact]
    public async Task Expect_continue_keeps_back_the_body_that_is_refused()
    {
        await using var backends = await BackendGroup.StartAsync(1);
        await using var app = BalancedApp.To("unexpected", backends);
        var body = new UnseekableStream(1000);
        using var request = Post("/unread/413", new StreamContent(body));
        using var response = await app.Client.SendAsync(request);

        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, response.StatusCode);
        Assert.Equal(0, body.Position);
    }

    [Fact]
    public async Task Host_request_uri_and_referrer_stay_logical()
    {
        await using var backends = await BackendGroup.StartAsync(2);
        await using var app = BalancedApp.To("logical", backends);
        using var request = new HttpRequestMessage(HttpMethod.Get, "http://LOGICAL/path?query=1");
        using var response = await app.Client.SendAsync(request);

        Assert.Same(request, response.RequestMessage);
        Assert.Equal("http://logical/path?query=1", response.RequestMessage!.RequestUri!.AbsoluteUri);
        Assert.Equal("logical", Assert.Single(backends.Requests).Host);
    }

    [Fact]
    public async Task Repeated_call_has_the_logical_uri_and_the_first_request_too()
    {
        await using var backends = await BackendGroup.StartAsync(1);
        await using var app = BalancedApp.To("logical-again", backends);
        using var request = new HttpRequestMessage(HttpMethod.Get, "/status/500");
        using var response = await app.Client.SendAsync(request);

        Assert.Equal(3, backends[0].Count);
        Assert.Same(request, response.RequestMessage);
        Assert.Equal("http://logical-again/status/500", request.RequestUri!.AbsoluteUri);
    }

    private static HttpRequestMessage Post(string path, HttpContent content)
    {
        var request = new HttpRequestMessage(HttpMethod.Post, path) { Content = content };
        request.Headers.ExpectContinue = true;
        return request;
    }
}
