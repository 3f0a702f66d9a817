using System.Buffers.Binary;
using System.Net;
using System.Net.Http.Headers;
using ClientLb.Endpoints;
using ClientLb.Http;
using Microsoft.Extensions.DependencyInjection;

namespace ClientLb.Tests.DependencyInjection;

/// <summary>gRPC over a load-balanced HttpClient: statuses that are not HTTP's decide about endpoints and retries.</summary>
public class GrpcCallTests
{
    private const string Method = "/shop.Orders/Get";

    private static readonly (string, string?)[] Endpoints =
    [
        ("ClientLb:Clusters:orders:Endpoints", "10.0.0.1:80, 10.0.0.2:80"), ("ClientLb:Clusters:orders:Policy", "round_robin"),
        ("ClientLb:Clients:orders:Grpc:IdempotentMethods", "/shop.Orders/*"), ("ClientLb:Clients:orders:Retry:BaseDelay", "00:00:00"),
    ];

    public enum Where
    {
        Headers,
        Trailers,
    }

    [Theory]
    [InlineData(Where.Headers)]
    [InlineData(Where.Trailers)]
    public async Task Unavailable_is_tried_again_elsewhere_though_http_says_200(Where where)
    {
        await using var app = NewApp();
        var seen = new List<string?>();
        Answer(app, (request, number) =>
        {
            seen.Add(request.Headers.TryGetValues("grpc-previous-rpc-attempts", out var values) ? values.Single() : null);
            return number == 1 ? Status(14, where) : Message();
        });

        using var response = await CallAsync(app);

        Assert.Equal("0", await StatusAsync(response));
        Assert.Equal(2, app.Sent.All.Select(static sent => sent.Endpoint).Distinct().Count());
        Assert.Equal([null, "1"], seen);
        Assert.Equal(1, Failures(app));
        Assert.Equal(0, InFlight(app));
    }

    [Theory]
    [InlineData(Where.Headers, 13)]
    [InlineData(Where.Trailers, 13)]
    [InlineData(Where.Headers, 5)]
    public async Task Status_that_is_not_retryable_is_the_answer(Where where, int status)
    {
        await using var app = NewApp();
        Answer(app, (_, _) => Status(status, where));

        using var response = await CallAsync(app);

        Assert.Equal(status.ToString(), await StatusAsync(response));
        Assert.Equal((1, status == 13 ? 1 : 0), (app.Sent.All.Count, Failures(app)));
    }

    [Fact]
    public async Task Call_that_is_not_known_as_idempotent_is_not_repeated_but_counts()
    {
        await using var app = NewApp();
        Answer(app, (_, _) => Status(14, Where.Trailers));

        using var response = await CallAsync(app, "/shop.Baskets/Add");

        Assert.Equal("14", await StatusAsync(response));
        Assert.Equal((1, 1), (app.Sent.All.Count, Failures(app)));
        Assert.Equal(0, InFlight(app));
    }

    [Fact]
    public async Task Idempotency_key_among_the_metadata_allows_it()
    {
        await using var app = NewApp();
        Answer(app, (_, number) => number == 1 ? Status(14, Where.Headers) : Message());

        using var response = await CallAsync(app, "/shop.Baskets/Add", static request => request.Headers.Add("idempotency-key", "7"));

        Assert.Equal("0", await StatusAsync(response));
    }

    [Theory]
    [InlineData(Where.Headers)]
    [InlineData(Where.Trailers)]
    public async Task Endpoint_that_says_unavailable_five_times_in_a_row_is_ejected(Where where)
    {
        await using var app = NewApp();
        Answer(app, (_, _) => app.Sent.All.Last().Endpoint == "10.0.0.1:80" ? Status(14, where) : Message());
        for (var i = 0; i < 12; i++)
        {
            using var response = await CallAsync(app, "/shop.Baskets/Add");
            await StatusAsync(response);
        }

        var cluster = app.Clusters.Get("orders");
        Assert.Equal(HealthState.Ejected, cluster.Snapshot.Endpoints.Single(static e => e.Host == "10.0.0.1").Health.Status.State);
        Assert.Equal(HealthState.Healthy, cluster.Snapshot.Endpoints.Single(static e => e.Host == "10.0.0.2").Health.Status.State);
    }

    [Fact]
    public async Task Resource_exhausted_rests_the_endpoint_for_the_time_of_its_pushback()
    {
        await using var app = NewApp();
        Answer(app, (_, number) => number == 1 ? Status(8, Where.Headers, pushback: "20000") : Message());

        using var response = await CallAsync(app);

        Assert.Equal("0", await StatusAsync(response));
        var cluster = app.Clusters.Get("orders");
        Assert.Contains(cluster.Snapshot.Endpoints, e => e.Health.RestUntil - cluster.Clock.Now > TimeSpan.FromSeconds(15).Ticks);
        Assert.Equal(0, Failures(app));
    }

    [Fact]
    public async Task Refusal_has_the_form_that_a_gRPC_client_reads()
    {
        await using var app = new App(static services => services.AddLoadBalancedHttpClient("orders"),
            ("ClientLb:Clusters:orders:Endpoints", "10.0.0.1:80"), ("ClientLb:Clusters:orders:Endpoints:0:Weight", "0"));
        Answer(app, (_, _) => throw new HttpRequestException(HttpRequestError.ConnectionError));

        using var response = await CallAsync(app);

        Assert.Equal((HttpStatusCode.OK, HttpVersion.Version20), (response.StatusCode, response.Version));
        Assert.Equal("application/grpc", response.Content.Headers.ContentType!.MediaType);
        Assert.Equal("14", await StatusAsync(response));
        Assert.Contains("Cluster 'orders'", Uri.UnescapeDataString(response.Headers.GetValues("grpc-message").Single()), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Answer_whose_headers_come_long_before_its_messages_is_given_to_its_caller()
    {
        await using var app = NewApp();
        var body = new TaskCompletionSource<int>();
        Answer(app, (_, _) => Respond(new StreamContent(new LateStream(body.Task))));

        using var response = await CallAsync(app);

        var reading = StatusAsync(response);
        Assert.False(reading.IsCompleted);
        body.SetResult(0);
        Assert.Null(await reading);
        Assert.Equal((1, 1), (app.Sent.All.Count, Failures(app)));
    }

    [Fact]
    public async Task Stream_that_is_dropped_before_its_first_message_says_nothing_of_its_endpoint()
    {
        await using var app = NewApp();
        Answer(app, (_, _) => Respond(new StreamContent(new LateStream(new TaskCompletionSource<int>().Task))));

        (await CallAsync(app, "/shop.Baskets/Watch")).Dispose();

        Assert.Equal((0, 0), (Failures(app), InFlight(app)));
    }

    [Fact]
    public async Task Method_known_to_answer_with_one_message_is_read_to_its_status_and_made_elsewhere_where_that_does_not_come()
    {
        await using var app = NewApp();
        Answer(app, static (_, number) => number is 1 or 3 ? Message() : Respond(new StreamContent(new BrokenStream(new byte[5]))));
        Assert.Equal("0", await StatusAsync(await CallAsync(app)));

        using var response = await CallAsync(app);

        Assert.Equal("0", await StatusAsync(response));
        Assert.Equal((3, 1), (app.Sent.All.Count, Failures(app)));
        Assert.Equal(0, InFlight(app));
    }

    [Fact]
    public async Task Failure_behind_a_message_is_tried_again_too_and_counts_once_for_each_attempt()
    {
        await using var app = NewApp();
        Answer(app, static (_, number) => Message(number is 1 or 3 ? 0 : 14));
        Assert.Equal("0", await StatusAsync(await CallAsync(app)));

        using var response = await CallAsync(app);
        Assert.Equal("0", await StatusAsync(response));
        Assert.Equal((3, 1), (app.Sent.All.Count, Failures(app)));

        using var failed = await CallAsync(app);
        Assert.Equal("14", await StatusAsync(failed));
        Assert.Equal(app.Sent.All.Count - 2, Failures(app));
        Assert.Equal(0, InFlight(app));
    }

    [Theory]
    [InlineData(511)]
    [InlineData(512)]
    [InlineData(65_531)]
    [InlineData(65_532)]
    [InlineData(200_000)]
    public async Task Answer_of_any_length_comes_whole(int length)
    {
        await using var app = NewApp();
        var bytes = Frame(length);
        Answer(app, (_, _) => Message(bytes));
        Assert.Equal("0", await StatusAsync(await CallAsync(app)));

        using var response = await CallAsync(app);

        Assert.Equal(bytes, await response.Content.ReadAsByteArrayAsync());
        Assert.Equal("0", await StatusAsync(response));
        Assert.Equal((0, 0), (Failures(app), InFlight(app)));
    }

    private static App NewApp() => new(static services => services.AddLoadBalancedHttpClient("orders"), Endpoints);

    private static void Answer(App app, Func<HttpRequestMessage, int, HttpResponseMessage> answer)
    {
        var count = 0;
        app.Services.GetRequiredService<LoadBalancedClients>().HandlerFactory =
            endpoint => new StubHandler(app.Sent, endpoint, request =>
        {
            var response = answer(request, Interlocked.Increment(ref count));
            response.RequestMessage = request;
            return response;
        });
    }

    private static Task<HttpResponseMessage> CallAsync(App app, string path = Method, Action<HttpRequestMessage>? configure = null)
    {
        var request = new HttpRequestMessage(HttpMethod.Post, path) { Version = HttpVersion.Version20, Content = new ByteArrayContent(new byte[5]) };
        request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/grpc");
        configure?.Invoke(request);
        return app.Client("orders").SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
    }

    private static HttpResponseMessage Respond(HttpContent content)
    {
        var response = new HttpResponseMessage(HttpStatusCode.OK) { Version = HttpVersion.Version20, Content = content };
        content.Headers.ContentType = new MediaTypeHeaderValue("application/grpc");
        return response;
    }

    private static HttpResponseMessage Message(int status = 0) => Message(Frame(0), status);

    private static HttpResponseMessage Message(byte[] bytes, int status = 0)
    {
        var response = Respond(new StreamContent(new MemoryStream(bytes)));
        response.TrailingHeaders.Add("grpc-status", status.ToString());
        return response;
    }

    private static byte[] Frame(int length)
    {
        var frame = new byte[5 + length];
        new Random(length).NextBytes(frame.AsSpan(5));
        BinaryPrimitives.WriteInt32BigEndian(frame.AsSpan(1), length);
        return frame;
    }

    private static HttpResponseMessage Status(int status, Where where, string? pushback = null)
    {
        var response = Respond(new StreamContent(new MemoryStream()));
        var headers = where == Where.Headers ? response.Headers : response.TrailingHeaders;
        headers.Add("grpc-status", status.ToString());
        if (pushback is not null)
        {
            headers.Add("grpc-retry-pushback-ms", pushback);
        }

        return response;
    }

    private static async Task<string?> StatusAsync(HttpResponseMessage response)
    {
        await response.Content.CopyToAsync(Stream.Null);
        return response.Headers.TryGetValues("grpc-status", out var values) || response.TrailingHeaders.TryGetValues("grpc-status", out values) ? values.Single() : null;
    }

    private static int Failures(App app)
    {
        var cluster = app.Clusters.Get("orders");
        return cluster.Snapshot.Endpoints.Sum(endpoint => endpoint.Health.Window.Read(cluster.Clock.Now).Failures);
    }

    private static int InFlight(App app) => app.Clusters.Get("orders").Snapshot.Endpoints.Sum(static endpoint => endpoint.Load.InFlight);

    /// <summary>A body whose first read waits.</summary>
    private sealed class LateStream(Task<int> first) : MemoryStream
    {
        public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) => await first.WaitAsync(cancellationToken);
    }

    /// <summary>A body that breaks off where it should end.</summary>
    private sealed class BrokenStream(byte[] bytes) : MemoryStream(bytes)
    {
        public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
            await base.ReadAsync(buffer, cancellationToken) is > 0 and var count ? count : throw new HttpIOException(HttpRequestError.ResponseEnded);
    }
}
