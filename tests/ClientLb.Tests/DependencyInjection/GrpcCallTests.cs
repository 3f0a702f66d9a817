using System.Net;
using System.Net.Http.Headers;
using ClientLb.Endpoints;
using ClientLb.Http;
using ClientLb.Http.Grpc;
using Microsoft.Extensions.DependencyInjection;
using static ClientLb.Tests.DependencyInjection.GrpcAnswers;

namespace ClientLb.Tests.DependencyInjection;

/// <summary>gRPC over a load-balanced HttpClient: statuses that are not HTTP's decide about endpoints and retries.</summary>
public class GrpcCallTests
{
    private const string Method = "/shop.Orders/Get";

    // After so many answers of one message a method is taken for unary.
    private const int Lessons = GrpcMethod.Believed;

    private static readonly (string, string?)[] Endpoints =
    [
        ("ClientLb:Clusters:orders:Endpoints", "10.0.0.1:80, 10.0.0.2:80"), ("ClientLb:Clusters:orders:Policy", "round_robin"),
        ("ClientLb:Clients:orders:Grpc:IdempotentMethods", "/shop.Orders/*"), ("ClientLb:Clients:orders:Retry:BaseDelay", "00:00:00"),
    ];

    [Theory]
    [InlineData(StatusPlace.Headers)]
    [InlineData(StatusPlace.Trailers)]
    public async Task Unavailable_is_tried_again_elsewhere_though_http_says_200(StatusPlace where)
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
    [InlineData(StatusPlace.Headers, 13)]
    [InlineData(StatusPlace.Trailers, 13)]
    [InlineData(StatusPlace.Headers, 5)]
    public async Task Status_that_is_not_retryable_is_the_answer(StatusPlace where, int status)
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
        Answer(app, (_, _) => Status(14, StatusPlace.Trailers));

        using var response = await CallAsync(app, "/shop.Baskets/Add");

        Assert.Equal("14", await StatusAsync(response));
        Assert.Equal((1, 1), (app.Sent.All.Count, Failures(app)));
        Assert.Equal(0, InFlight(app));
    }

    [Fact]
    public async Task Idempotency_key_among_the_metadata_allows_it()
    {
        await using var app = NewApp();
        Answer(app, (_, number) => number == 1 ? Status(14, StatusPlace.Headers) : Message());

        using var response = await CallAsync(app, "/shop.Baskets/Add", static request => request.Headers.Add("idempotency-key", "7"));

        Assert.Equal("0", await StatusAsync(response));
    }

    [Theory]
    [InlineData(StatusPlace.Headers)]
    [InlineData(StatusPlace.Trailers)]
    public async Task Endpoint_that_says_unavailable_five_times_in_a_row_is_ejected(StatusPlace where)
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
        Answer(app, (_, number) => number == 1 ? Status(8, StatusPlace.Headers, pushback: "20000") : Message());

        using var response = await CallAsync(app);

        Assert.Equal("0", await StatusAsync(response));
        var cluster = app.Clusters.Get("orders");
        Assert.Contains(cluster.Snapshot.Endpoints, e => e.Health.RestUntil - cluster.Clock.Now > TimeSpan.FromSeconds(15).Ticks);
        Assert.Equal(0, Failures(app));
    }

    [Theory]
    [InlineData(StatusPlace.Headers)]
    [InlineData(StatusPlace.Trailers)]
    public async Task Status_that_is_retryable_and_no_failure_is_tried_again_and_counts_against_nobody(StatusPlace place)
    {
        await using var app = NewApp(("ClientLb:Clients:orders:Grpc:RetryableStatuses", "NOT_FOUND"));
        Answer(app, (_, number) => number % 2 == 1 ? Status(5, place) : Message());

        using var response = await CallAsync(app);
        Assert.Equal(("0", 2, 0), (await StatusAsync(response), app.Sent.All.Count, Failures(app)));

        using var other = await CallAsync(app, "/shop.Baskets/Add");
        Assert.Equal(("5", 3, 0), (await StatusAsync(other), app.Sent.All.Count, Failures(app)));
        Assert.Equal(0, InFlight(app));
    }

    [Theory]
    [InlineData(8)]
    [InlineData(14)]
    public async Task Pushback_behind_a_message_rests_the_endpoint_and_is_no_broken_body(int status)
    {
        await using var app = NewApp();
        Answer(app, (_, _) =>
        {
            var response = Message(status);
            response.TrailingHeaders.Add("grpc-retry-pushback-ms", "20000");
            return response;
        });

        using var response = await CallAsync(app, "/shop.Baskets/Add");

        Assert.Equal(status.ToString(), await StatusAsync(response));
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
        Answer(app, static (_, number) => number is <= Lessons or Lessons + 2 ? Message() : Respond(new StreamContent(new BrokenStream(new byte[5]))));
        await TeachAsync(app);

        using var response = await CallAsync(app);

        Assert.Equal("0", await StatusAsync(response));
        Assert.Equal((Lessons + 2, 1), (app.Sent.All.Count, Failures(app)));
        Assert.Equal(0, InFlight(app));
    }

    [Fact]
    public async Task Failure_behind_a_message_is_tried_again_too_and_counts_once_for_each_attempt()
    {
        await using var app = NewApp();
        Answer(app, static (_, number) => Message(number is <= Lessons or Lessons + 2 ? 0 : 14));
        await TeachAsync(app);

        using var response = await CallAsync(app);
        Assert.Equal("0", await StatusAsync(response));
        Assert.Equal((Lessons + 2, 1), (app.Sent.All.Count, Failures(app)));

        using var failed = await CallAsync(app);
        Assert.Equal("14", await StatusAsync(failed));
        Assert.Equal(app.Sent.All.Count - Lessons - 1, Failures(app));
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
        await TeachAsync(app);

        using var response = await CallAsync(app);

        Assert.Equal(bytes, await response.Content.ReadAsByteArrayAsync());
        Assert.Equal("0", await StatusAsync(response));
        Assert.Equal((0, 0), (Failures(app), InFlight(app)));
    }

    [Fact]
    public async Task Stream_whose_calls_had_one_message_each_gives_what_it_has_and_is_known_for_one_after_its_second()
    {
        await using var app = NewApp();
        var more = new TaskCompletionSource<int>();
        Answer(app, (_, number) => number <= Lessons ? Message() : Respond(new StreamContent(new SlowStream(Frame(3), more.Task))));
        await TeachAsync(app);

        using var response = await CallAsync(app);
        var stream = await response.Content.ReadAsStreamAsync();
        var bytes = new byte[8];
        await stream.ReadExactlyAsync(bytes);
        more.SetResult(0);
        await stream.ReadExactlyAsync(bytes);

        for (var i = 0; i < Lessons; i++)
        {
            Known(app).Learn(1);
        }

        Assert.False(Known(app).IsUnary);
        Assert.Equal((Lessons + 1, 0), (app.Sent.All.Count, Failures(app)));
    }

    [Fact]
    public async Task Error_without_a_message_says_nothing_of_its_method()
    {
        await using var app = NewApp();
        Answer(app, (_, number) => number <= Lessons ? Message() : Status(5, StatusPlace.Trailers));
        await TeachAsync(app);

        Assert.Equal("5", await StatusAsync(await CallAsync(app)));

        Assert.True(Known(app).IsUnary);
    }

    [Fact]
    public async Task Conversation_is_not_held_back_though_its_method_is_taken_for_unary()
    {
        await using var app = NewApp();
        Answer(app, (_, number) => number <= Lessons ? Message() : Respond(new StreamContent(new SlowStream(Frame(3), new TaskCompletionSource<int>().Task))));
        await TeachAsync(app);

        // Its caller has no more to say before it has heard the answer.
        using var request = new HttpRequestMessage(HttpMethod.Post, Method) { Version = HttpVersion.Version20, Content = new StreamContent(new MemoryStream()) };
        request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/grpc");
        using var response = await app.Client("orders").SendAsync(request, HttpCompletionOption.ResponseHeadersRead);

        await (await response.Content.ReadAsStreamAsync()).ReadExactlyAsync(new byte[8]);
        Assert.True(Known(app).IsUnary);
    }

    private static GrpcMethod Known(App app) => app.Services.GetRequiredService<LoadBalancedClients>().Get("orders").Grpc.Methods.Of(new Uri("http://orders" + Method));

    private static async Task TeachAsync(App app)
    {
        for (var i = 0; i < Lessons; i++)
        {
            Assert.Equal("0", await StatusAsync(await CallAsync(app)));
        }
    }

    private static App NewApp(params (string, string?)[] more) => new(static services => services.AddLoadBalancedHttpClient("orders"), [.. Endpoints, .. more]);

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

    private static int Failures(App app)
    {
        var cluster = app.Clusters.Get("orders");
        return cluster.Snapshot.Endpoints.Sum(endpoint => endpoint.Health.Window.Read(cluster.Clock.Now).Failures);
    }

    private static int InFlight(App app) => app.Clusters.Get("orders").Snapshot.Endpoints.Sum(static endpoint => endpoint.Load.InFlight);
}
