using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using ClientLb.Calls;
using ClientLb.Endpoints;
using ClientLb.Http;

namespace ClientLb.Tests.Http;

public sealed class OwnedHandlerTests
{
    [Fact]
    public async Task Endpoint_is_dialled_whatever_the_authority_says_and_counted_while_open()
    {
        await using var server = new RawHttpServer(_ => RawHttpServer.Ok);
        using var connections = Owned();
        var endpoint = EndpointAt(server.Port);
        var invoker = connections.For(endpoint, "orders");
        for (var i = 0; i < 2; i++)
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, "http://orders.invalid/stock");
            using var response = await invoker.SendAsync(request, CancellationToken.None);
            Assert.Equal("ok", await response.Content.ReadAsStringAsync());
        }

        Assert.Equal(2, server.Seen("GET /stock"));
        Assert.All(server.Heads, head => Assert.Contains("Host: orders.invalid\r\n", head, StringComparison.Ordinal));
        Assert.Equal(1, connections.OpenTo(endpoint));
        Assert.Equal(1, connections.ConnectionsOf(endpoint, "orders").Opened);
    }

    [Fact]
    public async Task Retirement_closes_the_connection()
    {
        await using var server = new RawHttpServer(_ => RawHttpServer.Ok);
        using var connections = Owned();
        var endpoint = EndpointAt(server.Port);
        var own = connections.ConnectionsOf(endpoint, "orders");
        using var request = new HttpRequestMessage(HttpMethod.Get, "http://orders.invalid/");
        using var response = await own.Invoker.SendAsync(request, CancellationToken.None);
        await response.Content.ReadAsStringAsync();
        Assert.Equal(1, own.Open);

        endpoint.Resources.DisposeAll();

        Assert.Equal(0, own.Open);
    }

    [Fact]
    public async Task Refused_connection_is_not_sent()
    {
        int port;
        using (var closed = new TcpListener(IPAddress.Loopback, 0))
        {
            closed.Start();
            port = ((IPEndPoint)closed.LocalEndpoint).Port;
        }

        using var connections = Owned();
        var endpoint = EndpointAt(port);
        using var request = new HttpRequestMessage(HttpMethod.Post, "http://orders.invalid/");

        var error = await Assert.ThrowsAsync<HttpRequestException>(
            () => connections.For(endpoint, "orders").SendAsync(request, CancellationToken.None));

        Assert.Equal(
            new AttemptVerdict(OutcomeKind.NotSent, Evidence.Refused),
            HttpOutcomes.OfException(error, StopCause.None, sendsOnce: true));
        Assert.Equal(0, connections.OpenTo(endpoint));
    }

    [Fact]
    public async Task Tls_failure_is_not_sent()
    {
        await using var server = new RawHttpServer(_ => null);
        using var connections = Owned();
        using var request = new HttpRequestMessage(HttpMethod.Post, "https://orders.invalid/");
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var serving = AnswerWithNonsenseAsync(listener);

        var error = await Assert.ThrowsAsync<HttpRequestException>(
            () => connections.For(EndpointAt(((IPEndPoint)listener.LocalEndpoint).Port), "orders").SendAsync(request, CancellationToken.None));
        await serving;

        Assert.Equal(
            new AttemptVerdict(OutcomeKind.NotSent, Evidence.TlsFailed),
            HttpOutcomes.OfException(error, StopCause.None, sendsOnce: true));
    }

    [Fact]
    public async Task Connection_that_ends_without_an_answer_is_a_failure()
    {
        await using var server = new RawHttpServer(_ => null);
        using var connections = Owned();
        using var request = new HttpRequestMessage(HttpMethod.Post, "http://orders.invalid/");

        var error = await Assert.ThrowsAsync<HttpRequestException>(
            () => connections.For(EndpointAt(server.Port), "orders").SendAsync(request, CancellationToken.None));

        Assert.Equal(
            new AttemptVerdict(OutcomeKind.Failure, Evidence.Reset),
            HttpOutcomes.OfException(error, StopCause.None, sendsOnce: true));
    }

    [Fact]
    public async Task Body_that_breaks_off_on_the_wire_is_broken()
    {
        await using var server = new RawHttpServer(_ => "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf");
        using var connections = Owned();
        using var request = new HttpRequestMessage(HttpMethod.Get, "http://orders.invalid/");
        using var response = await connections.For(EndpointAt(server.Port), "orders").SendAsync(request, CancellationToken.None);
        var body = new WatchedBody(response.Content);

        var reading = body.ReadAsStringAsync();
        await server.StopAsync();

        await Assert.ThrowsAsync<HttpRequestException>(() => reading);
        Assert.Equal([BodyEnd.Broken], body.Notes.Ends);
    }

    [Fact]
    public async Task Tags_land_on_the_http_span_and_headers_are_injected_as_ever()
    {
        await using var server = new RawHttpServer(_ => RawHttpServer.Ok);
        using var connections = Owned();
        var spans = new List<Activity>();
        using var source = new ActivitySource(nameof(OwnedHandlerTests));
        using var listener = new ActivityListener
        {
            ShouldListenTo = _ => true,
            Sample = (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllData,
        };
        ActivitySource.AddActivityListener(listener);
        using var caller = source.StartActivity("caller")!;
        listener.ActivityStopped = span =>
        {
            if (span.ParentId == caller.Id)
            {
                spans.Add(span);
            }
        };
        var endpoint = EndpointAt(server.Port);
        foreach (var attempt in new[] { 1, 2 })
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, "http://orders.invalid/");
            request.Options.Set(EndpointPropagator.AttemptKey, attempt);
            using var response = await connections.For(endpoint, "orders").SendAsync(request, CancellationToken.None);
            await response.Content.ReadAsStringAsync();
        }

        Assert.Equal(2, spans.Count);
        Assert.All(spans, span => Assert.Equal("orders", span.GetTagItem("clientlb.cluster")));
        Assert.All(spans, span => Assert.Equal(endpoint.Id, span.GetTagItem("clientlb.endpoint")));
        Assert.Null(spans[0].GetTagItem("clientlb.attempt"));
        Assert.Equal(2, spans[1].GetTagItem("clientlb.attempt"));
        Assert.Empty(caller.TagObjects);
        Assert.Contains("traceparent: " + spans[0].Id, server.Heads.First(), StringComparison.OrdinalIgnoreCase);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Users_propagator_is_wrapped_and_none_stays_none(bool isNone)
    {
        await using var server = new RawHttpServer(_ => RawHttpServer.Ok);
        var settings = new ConnectionSettings
        {
            Client = "orders",
            Configure = handler => handler.ActivityHeadersPropagator = isNone ? null : DistributedContextPropagator.CreateNoOutputPropagator(),
        };
        using var connections = new OwnedConnections(settings, new MonotonicClock());
        using var caller = new Activity("caller").Start();
        var spans = 0;
        using var listener = new ActivityListener
        {
            ShouldListenTo = source => source.Name == "System.Net.Http",
            Sample = (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllData,
            ActivityStopped = span => spans += span.ParentId == caller.Id && "orders".Equals(span.GetTagItem("clientlb.cluster")) ? 1 : 0,
        };
        ActivitySource.AddActivityListener(listener);
        using var request = new HttpRequestMessage(HttpMethod.Get, "http://orders.invalid/");

        using var response = await connections.For(EndpointAt(server.Port), "orders").SendAsync(request, CancellationToken.None);
        await response.Content.ReadAsStringAsync();

        Assert.Equal(isNone ? 0 : 1, spans);
        Assert.DoesNotContain("traceparent", server.Heads.Single(), StringComparison.OrdinalIgnoreCase);
    }

    [Fact]
    public void Pings_find_a_peer_that_is_frozen_while_requests_wait_for_it()
    {
        using var connections = Owned();
        using var invoker = OwnedHandler.Create(connections.Settings, connections.ConnectionsOf(EndpointAt(1), "orders"), out var innermost);

        var handler = Assert.IsType<SocketsHttpHandler>(innermost);

        Assert.Equal((TimeSpan.FromSeconds(20), TimeSpan.FromSeconds(10)), (handler.KeepAlivePingDelay, handler.KeepAlivePingTimeout));
        Assert.Equal(HttpKeepAlivePingPolicy.WithActiveRequests, handler.KeepAlivePingPolicy);
    }

    private static OwnedConnections Owned() => new(new ConnectionSettings { Client = "orders" }, new MonotonicClock());

    private static Endpoint EndpointAt(int port) => new(new EndpointDescriptor("127.0.0.1", port), MonotonicClock.System);

    private static async Task AnswerWithNonsenseAsync(TcpListener listener)
    {
        using var client = await listener.AcceptTcpClientAsync();
        var stream = client.GetStream();
        await stream.ReadAtLeastAsync(new byte[64], 1);
        await stream.WriteAsync("HTTP/1.1 400 Bad Request\r\n\r\n"u8.ToArray());
    }
}
