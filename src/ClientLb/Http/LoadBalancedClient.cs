using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using ClientLb.Calls;
using ClientLb.Clusters;
using ClientLb.Endpoints;
using ClientLb.Http.Grpc;
using ClientLb.Settings;
using Microsoft.Extensions.Logging;

namespace ClientLb.Http;

/// <summary>
/// One HTTP client by name: its options in force, its connections, its cookies. It lives as long as the container, so that connections
/// survive the rotation of message handlers.
/// </summary>
internal sealed class LoadBalancedClient : IDisposable
{
    private static readonly HttpRequestOptionsKey<int> s_hops = new("ClientLb.Redirects");

    private readonly ReloadableOptions<LoadBalancedClientOptions> _options;
    private readonly ClusterRegistry _clusters;
    private readonly TimeoutWheel _wheel;
    private readonly IRandomSource _random;
    private readonly ILogger _logger;
    private readonly ConcurrentDictionary<string, ClusterCaller<HttpRequestMessage, HttpResponseMessage>?> _owned = new(StringComparer.OrdinalIgnoreCase);
    private readonly Lazy<HttpMessageInvoker> _passThrough;
    private readonly UnknownAuthorities _unknown = new();
    private volatile Compiled _compiled;

    public LoadBalancedClient(
        string name, ReloadableOptions<LoadBalancedClientOptions> options, ConnectionSettings connections, ClusterRegistry clusters,
        TimeoutWheel wheel, IRandomSource random, ILogger logger)
    {
        Name = name;
        _options = options;
        _clusters = clusters;
        _wheel = wheel;
        _random = random;
        _logger = logger;
        _compiled = Compile(options.Current);
        options.Changed += next => _compiled = Compile(next);
        Connections = new OwnedConnections(
            connections with
            {
                ConnectTimeout = options.Current.Timeouts.Connect,
                Configure = options.Current.ConfigureConnections,
                MaxConnections = options.Current.MaxConnectionsPerEndpoint,
                Preconnect = options.Current.Preconnect,
            },
            wheel.Clock);
        Cookies = options.Current.UseCookies ? new CookieJar() : null;
        _passThrough = new(() => new HttpMessageInvoker(PassThroughHandler(options.Current.ConfigureConnections, connections.MeterFactory)));
    }

    public string Name { get; }

    public CallPlan Plan => _compiled.Plan;

    /// <summary>What gRPC's statuses say.</summary>
    public GrpcRules Grpc => _compiled.Grpc;

    public MonotonicClock Clock => _wheel.Clock;

    public OutcomeRules Outcomes => _compiled.Outcomes;

    public BodyTimeout? BodyTimeout => _compiled.Body;

    /// <summary>Reads small bodies beforehand; <see langword="null"/> where that is off, which is the default.</summary>
    public ResponseBuffer? ResponseBuffer => _compiled.Buffer;

    /// <summary>What callers say of the time that they have.</summary>
    public CallLimits Limits => _compiled.Limits;

    /// <summary>The headers that differ from attempt to attempt.</summary>
    public AttemptMarks Marks => _compiled.Marks;

    /// <summary>Gives calls an id; <see langword="null"/> where that is off, which is the default.</summary>
    public RequestIds? RequestIds => _compiled.RequestIds;

    public int MaxRedirects => _compiled.MaxRedirects;

    public TimeProvider TimeProvider => _wheel.Clock.TimeProvider;

    public OwnedConnections Connections { get; }

    public CookieJar? Cookies { get; }

    /// <summary>The way of one authority: a cluster's caller over connections of our own, or <see langword="null"/> to pass it through.</summary>
    public ClusterCaller<HttpRequestMessage, HttpResponseMessage>? OwnedRoute(string host) =>
        _owned.TryGetValue(host, out var caller) ? caller : AddRoute(host);

    /// <summary>A caller with a transport of somebody else's.</summary>
    public ClusterCaller<HttpRequestMessage, HttpResponseMessage> CallerOf(Cluster cluster, HttpTransport transport) =>
        new(cluster, transport, _wheel, _random, _logger);

    /// <summary>A caller through a handler that is not ours.</summary>
    public ClusterCaller<HttpRequestMessage, HttpResponseMessage>? RewritingRoute(string host, HttpMessageInvoker inner)
    {
        var cluster = ClusterOf(host);
        return cluster is null ? null : new(cluster, new RewritingHttpTransport(this, inner), _wheel, _random, _logger);
    }

    /// <summary>The form in which a URI as Microsoft.Extensions.ServiceDiscovery has them is sent; <see langword="null"/> for any other, which is sent as it is.</summary>
    public Uri? Read(Uri? uri) =>
        uri is { IsAbsoluteUri: true } && ServiceUri.IsReference(uri) ? ServiceUri.Read(uri, _clusters.IsKnown, _clusters.NameOf) : null;

    /// <summary>Sends a request that no cluster is meant by.</summary>
    public Task<HttpResponseMessage> PassThroughAsync(HttpRequestMessage request, bool isAsync, CancellationToken cancellationToken) =>
        isAsync ? _passThrough.Value.SendAsync(request, cancellationToken) : Task.FromResult(_passThrough.Value.Send(request, cancellationToken));

    /// <summary>Sends a request where its authority leads.</summary>
    private Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, long callDeadline, bool isAsync, CancellationToken cancellationToken)
    {
        var uri = request.RequestUri;
        var caller = uri is { IsAbsoluteUri: true } ? OwnedRoute(uri is ServiceUri service ? service.Cluster : uri.Host) : null;
        return caller is null
            ? PassThroughAsync(request, callDeadline, isAsync, cancellationToken)
            : caller.CallAsync(request, Plan, isAsync, cancellationToken, callDeadline);
    }

    private async Task<HttpResponseMessage> PassThroughAsync(HttpRequestMessage request, long callDeadline, bool isAsync, CancellationToken cancellationToken)
    {
        var left = TimeSpan.FromTicks(Math.Max(1, callDeadline - _wheel.Clock.Now));
        using var end = new CancellationTokenSource(left, TimeProvider);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(end.Token, cancellationToken);
        try
        {
            return await PassThroughAsync(request, isAsync, stop.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException e) when (end.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
        {
            var message = $"The time of the call was up while a redirect to {request.RequestUri!.Authority} was followed.";
            throw new TaskCanceledException(message, new TimeoutException(message, e), CancellationToken.None);
        }
    }

    /// <summary>
    /// Follows a redirect above the balancer: to an authority that is a cluster with a new pick, to any other straight through and without
    /// credentials. It is a part of the call, and takes of its time.
    /// </summary>
    public async Task<HttpResponseMessage> FollowAsync(
        HttpRequestMessage request, HttpResponseMessage response, RedirectStep step, long callDeadline, bool isAsync, CancellationToken cancellationToken)
    {
        // Each hop is a call of its own whose answer may point on; the count travels with the request.
        var hops = request.Options.TryGetValue(s_hops, out var before) ? before : 0;
        if (hops >= MaxRedirects)
        {
            return response;
        }

        response.Dispose();
        request.Options.Set(s_hops, hops + 1);
        step.ApplyTo(request);
        TraceHeaders.RemoveInjected(request, request);
        var next = await SendAsync(request, callDeadline, isAsync, cancellationToken).ConfigureAwait(false);
        next.RequestMessage = request;
        return next;
    }

    public void Dispose()
    {
        _options.Dispose();
        Connections.Dispose();
        if (_passThrough.IsValueCreated)
        {
            _passThrough.Value.Dispose();
        }
    }

    private static SocketsHttpHandler PassThroughHandler(Action<SocketsHttpHandler>? configure, IMeterFactory? meters)
    {
        var handler = new SocketsHttpHandler { MeterFactory = meters, PooledConnectionLifetime = TimeSpan.FromMinutes(2) };
        configure?.Invoke(handler);
        return handler;
    }

    private ClusterCaller<HttpRequestMessage, HttpResponseMessage>? AddRoute(string host)
    {
        if (ClusterOf(host) is not { } cluster)
        {
            // Not kept for ever: a client of a thousand hosts must not collect them, and a cluster may be configured later.
            return null;
        }

        return _owned.GetOrAdd(host, static (_, state) => new(
            state.cluster, new OwnedHttpTransport(state.client, state.cluster), state.client._wheel, state.client._random, state.client._logger), (client: this, cluster));
    }

    private Cluster? ClusterOf(string host)
    {
        if (_clusters.IsKnown(host))
        {
            return _clusters.Get(host);
        }

        _unknown.Hint(Name, host, _clusters.KnownNames, _logger);
        return null;
    }

    private Compiled Compile(LoadBalancedClientOptions options)
    {
        PlanReview.Warn(Name, options, _logger);
        _wheel.EnsureResolution(options.Timeouts.Attempt);
        var body = options.Timeouts.BodyIdle == TimeSpan.Zero ? null : Http.BodyTimeout.Of(_wheel, options.Timeouts.BodyIdle);
        var buffer = options.BufferResponses.Enabled ? new ResponseBuffer(options.BufferResponses.MaxBytes, body, _wheel.Clock) : null;
        var header = options.Deadlines.Header;
        return new Compiled(
            new CallPlan(options.Timeouts, options.Retry, _wheel.Clock.TimeProvider, options.Hedging) { TellsAlways = header.Length > 0 && options.Deadlines.Send == DeadlineSending.Always },
            body, buffer, options.MaxRedirects, new OutcomeRules(options.Outcomes, Name, _logger), new CallLimits(header, _wheel.Clock),
            new AttemptMarks(header, options.Retry.AttemptHeader, _wheel.Clock), options.RequestIdHeader.Length > 0 ? new RequestIds(options.RequestIdHeader, _random) : null, new GrpcRules(options.Grpc));
    }

    private sealed record Compiled(
        CallPlan Plan, BodyTimeout? Body, ResponseBuffer? Buffer, int MaxRedirects, OutcomeRules Outcomes, CallLimits Limits, AttemptMarks Marks, RequestIds? RequestIds, GrpcRules Grpc);
}
