using System.Diagnostics;
using System.Net;
using ClientLb.Endpoints;
using Microsoft.Extensions.DependencyInjection;

namespace ClientLb.Tests.Http;

/// <summary>Each attempt is a span of its own, and what the user has put into the request stays: over sockets, where SocketsHttpHandler injects.</summary>
public sealed class TraceHeadersTests : IDisposable
{
    private const string Mine = "00-11111111111111111111111111111111-2222222222222222-01";

    private readonly ActivityListener _listener = new()
    {
        ShouldListenTo = static source => source.Name == "System.Net.Http",
        Sample = static (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllData,
    };

    [Theory]
    [InlineData(true, false)]
    [InlineData(false, false)]
    [InlineData(true, true)]
    [InlineData(false, true)]
    public async Task Traceparent_is_new_for_each_attempt_with_an_activity_around_it_or_without(bool hasActivity, bool isRewriting)
    {
        ActivitySource.AddActivityListener(_listener);
        using var activity = hasActivity ? new Activity("caller").Start() : null;

        var heads = await TwiceAsync(isRewriting);

        var parents = heads.Select(static head => Header(head, "traceparent")).ToList();
        Assert.Equal(2, parents.Count);
        Assert.All(parents, static parent => Assert.NotNull(parent));
        Assert.NotEqual(parents[0], parents[1]);
        if (activity is not null)
        {
            Assert.All(parents, parent => Assert.Contains(activity.TraceId.ToString(), parent, StringComparison.Ordinal));
        }
    }

    [Theory]
    [InlineData(true, true, false)]
    [InlineData(true, false, false)]
    [InlineData(false, true, false)]
    [InlineData(false, false, false)]
    [InlineData(true, true, true)]
    [InlineData(false, false, true)]
    public async Task Headers_of_the_users_own_stay_with_every_attempt(bool isTraced, bool hasActivity, bool isRewriting)
    {
        if (isTraced)
        {
            ActivitySource.AddActivityListener(_listener);
        }

        using var activity = hasActivity ? new Activity("caller").Start() : null;

        var heads = await TwiceAsync(isRewriting, static request => request.Headers.TryAddWithoutValidation("traceparent", Mine));

        Assert.Equal([Mine, Mine], heads.Select(static head => Header(head, "traceparent")));
    }

    [Fact]
    public async Task Fields_are_those_of_the_propagator_that_the_client_uses()
    {
        ActivitySource.AddActivityListener(_listener);

        var heads = await TwiceAsync(isRewriting: false, configure: static handler => handler.ActivityHeadersPropagator = new OwnPropagator());

        var spans = heads.Select(static head => Header(head, "x-span")).ToList();
        Assert.All(spans, static span => Assert.NotNull(span));
        Assert.NotEqual(spans[0], spans[1]);
        Assert.All(heads, static head => Assert.Equal("kept", Header(head, "x-other")));
    }

    [Fact]
    public async Task Traceparent_is_new_for_each_redirect()
    {
        ActivitySource.AddActivityListener(_listener);
        await using var server = new RawHttpServer(static head => head.StartsWith("GET /first", StringComparison.Ordinal)
            ? "HTTP/1.1 302 Found\r\nLocation: /second\r\nContent-Length: 0\r\n\r\n"
            : RawHttpServer.Ok);
        var services = new ServiceCollection();
        services.AddLoadBalancedHttpClient("orders");
        services.AddClientLb().AddCluster("orders", new EndpointDescriptor("127.0.0.1", server.Port));
        await using var provider = services.BuildServiceProvider();

        await provider.GetRequiredService<IHttpClientFactory>().CreateClient("orders").GetStringAsync("/first");

        Assert.Equal(2, server.Heads.Select(static head => Header(head, "traceparent")).Distinct().Count());
    }

    public void Dispose() => _listener.Dispose();

    /// <summary>A call whose first attempt fails: what both servers have read.</summary>
    private static async Task<string[]> TwiceAsync(bool isRewriting, Action<HttpRequestMessage>? prepare = null, Action<SocketsHttpHandler>? configure = null)
    {
        var count = 0;
        string Answer(string head) => Interlocked.Increment(ref count) == 1 ? "HTTP/1.1 500 No\r\nContent-Length: 0\r\n\r\n" : RawHttpServer.Ok;
        await using var first = new RawHttpServer(Answer);
        await using var second = new RawHttpServer(Answer);
        var services = new ServiceCollection();
        if (isRewriting)
        {
            services.AddHttpClient("orders", static client => client.BaseAddress = new Uri("http://orders/")).AddLoadBalancing();
        }
        else
        {
            services.AddLoadBalancedHttpClient("orders", options => options.ConfigureConnections = configure);
        }

        services.AddClientLb().AddCluster("orders", new EndpointDescriptor("127.0.0.1", first.Port), new EndpointDescriptor("127.0.0.1", second.Port));
        await using var provider = services.BuildServiceProvider();
        using var request = new HttpRequestMessage(HttpMethod.Get, "/");
        request.Headers.TryAddWithoutValidation("x-other", "kept");
        prepare?.Invoke(request);

        using var answer = await provider.GetRequiredService<IHttpClientFactory>().CreateClient("orders").SendAsync(request);

        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        return [.. first.Heads, .. second.Heads];
    }

    private static string? Header(string head, string name) => head.Split("\r\n")
        .Where(line => line.StartsWith(name + ":", StringComparison.OrdinalIgnoreCase)).Select(line => line[(name.Length + 1)..].Trim()).SingleOrDefault();

    private sealed class OwnPropagator : DistributedContextPropagator
    {
        public override IReadOnlyCollection<string> Fields => ["x-span"];

        public override IEnumerable<KeyValuePair<string, string?>>? ExtractBaggage(object? carrier, PropagatorGetterCallback? getter) => null;

        public override void ExtractTraceIdAndState(
            object? carrier, PropagatorGetterCallback? getter, out string? traceId, out string? traceState) => traceId = traceState = null;

        public override void Inject(Activity? activity, object? carrier, PropagatorSetterCallback? setter) => setter?.Invoke(carrier, "x-span", activity!.SpanId.ToString());
    }
}
