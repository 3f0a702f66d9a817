using System.Net;

namespace ClientLb.Benchmarks.Suites;

/// <summary>An agent in memory that answers the given bodies in turn.</summary>
internal sealed class BodyHandler(params byte[][] bodies) : HttpMessageHandler
{
    private int _turn;

    protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        var response = new HttpResponseMessage(HttpStatusCode.OK)
        {
            Content = new StreamContent(new MemoryStream(bodies[_turn++ % bodies.Length], writable: false)),
        };
        response.Headers.Add("X-Consul-Index", "17");
        return Task.FromResult(response);
    }
}
