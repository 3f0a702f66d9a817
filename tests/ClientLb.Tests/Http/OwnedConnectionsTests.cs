using System.Net;
using System.Net.Sockets;
using ClientLb.Endpoints;
using ClientLb.Http;
using ClientLb.Tests.Infrastructure;

namespace ClientLb.Tests.Http;

public sealed class OwnedConnectionsTests
{
    private static readonly TimeSpan Round = TimeSpan.FromSeconds(30);

    private readonly VirtualTime _time = new();

    [Fact]
    public void Known_endpoint_keeps_its_handler_and_costs_no_memory()
    {
        using var connections = WithFakes(out _);
        var endpoint = NewEndpoint();
        var first = connections.For(endpoint, "orders");
        connections.For(endpoint, "orders");

        var before = GC.GetAllocatedBytesForCurrentThread();
        var again = connections.For(endpoint, "orders");
        var allocated = GC.GetAllocatedBytesForCurrentThread() - before;

        Assert.Same(first, again);
        Assert.Equal(0, allocated);
        Assert.NotSame(first, connections.For(NewEndpoint(), "orders"));
    }

    [Fact]
    public void Idle_endpoint_loses_its_handler_after_a_grace()
    {
        using var connections = WithFakes(out var handlers);
        connections.For(NewEndpoint(), "orders");

        _time.Advance(4 * Round);
        Assert.Equal(1, connections.Count);
        _time.Advance(Round);
        Assert.Equal(0, connections.Count);
        Assert.False(handlers[0].IsDisposed);
        _time.Advance(4 * Round);

        Assert.True(handlers[0].IsDisposed);
        Assert.Equal(0, connections.LeavingCount);
    }

    [Fact]
    public void Used_endpoint_keeps_its_handler()
    {
        using var connections = WithFakes(out var handlers);
        var endpoint = NewEndpoint();
        for (var i = 0; i < 20; i++)
        {
            connections.For(endpoint, "orders");
            _time.Advance(3 * Round);
        }

        Assert.Equal(1, connections.Count);
        Assert.False(Assert.Single(handlers).IsDisposed);
    }

    [Fact]
    public void Endpoint_with_something_in_flight_keeps_its_handler()
    {
        using var connections = WithFakes(out var handlers);
        var endpoint = NewEndpoint();
        Assert.True(endpoint.Load.TryAcquire(0, LeaseRule.Normal));
        connections.For(endpoint, "orders");

        _time.Advance(20 * Round);

        Assert.Equal(1, connections.Count);
        Assert.False(handlers[0].IsDisposed);
    }

    [Fact]
    public void Attempt_that_took_the_handler_just_before_the_sweep_is_not_cut_off()
    {
        using var connections = WithFakes(out var handlers);
        var endpoint = NewEndpoint();
        var taken = connections.For(endpoint, "orders");
        _time.Advance(5 * Round);
        Assert.Equal(0, connections.Count);

        // The attempt was between its lease and the map when the sweep looked; it is seen from now on.
        Assert.True(endpoint.Load.TryAcquire(0, LeaseRule.Normal));
        _time.Advance(20 * Round);

        Assert.False(handlers[0].IsDisposed);
        Assert.NotSame(taken, connections.For(endpoint, "orders"));
        endpoint.Load.Release(0);
        _time.Advance(Round);
        Assert.True(handlers[0].IsDisposed);
        Assert.False(handlers[1].IsDisposed);
    }

    [Fact]
    public void Retired_endpoint_closes_its_connections_at_once()
    {
        using var connections = WithFakes(out var handlers);
        var endpoint = NewEndpoint();
        connections.For(endpoint, "orders");

        endpoint.Resources.DisposeAll();

        Assert.True(handlers[0].IsDisposed);
        Assert.Equal(0, connections.Count);
    }

    [Fact]
    public void Dispose_closes_everything()
    {
        var connections = WithFakes(out var handlers);
        var endpoint = NewEndpoint();
        connections.For(endpoint, "orders");
        connections.For(NewEndpoint(), "orders");

        connections.Dispose();

        Assert.All(handlers, handler => Assert.True(handler.IsDisposed));
        Assert.Throws<ObjectDisposedException>(() => connections.For(endpoint, "orders"));
    }

    /// <summary>A process that goes on after a pause hears at once that the time is over, and that the kernel has long connected.</summary>
    [Fact]
    public async Task Connect_whose_time_ran_out_in_a_pause_of_this_process_is_used_where_it_has_come_about()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();

        // Virtual time stands still: what is granted lasts until the connect has come about.
        await using var stream = await ConnectTooLateAsync(listener, isPaused: true);

        Assert.True(stream.CanWrite);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Connect_that_has_not_come_about_ends_with_its_time(bool isPaused)
    {
        // Nobody accepts, and the queue is full: the kernel drops what comes.
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start(1);
        var others = Enumerable.Range(0, 8).Select(static _ => new TcpClient()).ToArray();
        var connecting = Array.ConvertAll(others, other => other.Client.ConnectAsync(listener.LocalEndpoint));
        try
        {
            var granted = _time.NextWaitAsync(static wait => wait == TimeSpan.FromSeconds(0.25));
            var late = ConnectTooLateAsync(listener, isPaused);
            if (isPaused)
            {
                await granted;
                Assert.False(late.IsCompleted);
                _time.Advance(0.25);
            }

            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => late);
            Assert.Equal(isPaused, granted.IsCompleted);
        }
        finally
        {
            Array.ForEach(others, static other => other.Dispose());
            await Task.WhenAll(connecting).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing | ConfigureAwaitOptions.ContinueOnCapturedContext);
        }
    }

    private async Task<Stream> ConnectTooLateAsync(TcpListener listener, bool isPaused)
    {
        var clock = new MonotonicClock(_time);
        using var connections = new OwnedConnections(new ConnectionSettings { Client = "orders" }, clock);
        using var endpoint = new EndpointConnections(connections, new Endpoint(new("127.0.0.1", ((IPEndPoint)listener.LocalEndpoint).Port), clock), "orders");
        using var request = new HttpRequestMessage(HttpMethod.Get, "http://orders/");
        using var over = new CancellationTokenSource();
        await over.CancelAsync();
        if (isPaused)
        {
            clock.Pauses.Note(clock.Now - TimeSpan.FromSeconds(60).Ticks, clock.Now, clock.Now + TimeSpan.FromHours(1).Ticks);
        }

        return await endpoint.ConnectAsync(request, TimeSpan.FromSeconds(2.5), over.Token);
    }

    [Fact]
    public async Task Attempt_handlers_are_passed_outermost_first()
    {
        var seen = new List<string>();
        using var connections = new OwnedConnections(
            new ConnectionSettings
            {
                Client = "orders",
                HandlerFactory = _ => new FakeHandler(),
                AttemptHandlers = () => [new NotingHandler("outer", seen), new NotingHandler("inner", seen)],
            },
            new MonotonicClock(_time));
        using var request = new HttpRequestMessage(HttpMethod.Get, "http://orders/");

        using var response = await connections.For(NewEndpoint(), "orders").SendAsync(request, CancellationToken.None);

        Assert.Equal(["outer", "inner"], seen);
    }

    [Fact]
    public void Users_configuration_is_applied_to_each_handler_after_the_defaults()
    {
        var timeouts = new List<TimeSpan>();
        using var connections = new OwnedConnections(
            new ConnectionSettings { Client = "orders", Configure = handler => timeouts.Add(handler.ConnectTimeout) },
            new MonotonicClock(_time));
        connections.For(NewEndpoint(), "orders");

        // Once to check it, once for the endpoint.
        Assert.Equal([TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(1)], timeouts);
    }

    [Theory]
    [InlineData(nameof(SocketsHttpHandler.UseProxy))]
    [InlineData(nameof(SocketsHttpHandler.AllowAutoRedirect))]
    [InlineData(nameof(SocketsHttpHandler.UseCookies))]
    [InlineData(nameof(SocketsHttpHandler.ConnectCallback))]
    public void Configuration_of_what_the_balancer_owns_is_refused_at_once(string property)
    {
        var settings = new ConnectionSettings
        {
            Client = "orders",
            Configure = handler =>
            {
                _ = property switch
                {
                    nameof(SocketsHttpHandler.UseProxy) => handler.UseProxy = true,
                    nameof(SocketsHttpHandler.AllowAutoRedirect) => handler.AllowAutoRedirect = true,
                    nameof(SocketsHttpHandler.UseCookies) => handler.UseCookies = true,
                    _ => (handler.ConnectCallback = (_, _) => default) is null,
                };
            },
        };

        var error = Assert.Throws<InvalidOperationException>(() => new OwnedConnections(settings, new MonotonicClock(_time)));

        Assert.Contains(property, error.Message, StringComparison.Ordinal);
        Assert.Contains("'orders'", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Configuration_that_repeats_what_the_balancer_sets_is_accepted()
    {
        using var connections = new OwnedConnections(
            new ConnectionSettings { Client = "orders", Configure = handler => handler.UseProxy = handler.UseCookies = false },
            new MonotonicClock(_time));

        Assert.Equal(0, connections.Count);
    }

    private static Endpoint NewEndpoint() => new(new EndpointDescriptor("10.0.0.1", 80), MonotonicClock.System);

    private OwnedConnections WithFakes(out List<FakeHandler> handlers)
    {
        var made = handlers = [];
        var settings = new ConnectionSettings
        {
            Client = "orders",
            HandlerFactory = _ =>
            {
                made.Add(new FakeHandler());
                return made[^1];
            },
        };
        return new OwnedConnections(settings, new MonotonicClock(_time));
    }

    private sealed class FakeHandler : HttpMessageHandler
    {
        public bool IsDisposed { get; private set; }

        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken) =>
            Task.FromResult(new HttpResponseMessage(HttpStatusCode.OK));

        protected override void Dispose(bool disposing)
        {
            IsDisposed = true;
            base.Dispose(disposing);
        }
    }

    private sealed class NotingHandler(string name, List<string> seen) : DelegatingHandler
    {
        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            seen.Add(name);
            return base.SendAsync(request, cancellationToken);
        }
    }
}
