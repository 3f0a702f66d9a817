using System.Net.Sockets;
using ClientLb.Endpoints;

namespace ClientLb.Http;

/// <summary>The connections of one client to one endpoint.</summary>
internal sealed class EndpointConnections : ICutOff, IDisposable
{
    private static readonly TimeSpan s_mostGrace = TimeSpan.FromMilliseconds(250);

    private readonly HttpMessageInvoker _invoker;
    private readonly HttpMessageHandler _innermost;
    private readonly OwnedConnections _owner;

    // Taken when a connection opens or closes, not by calls. Smaller than what needs no lock: a client may have thousands of these.
    private readonly Lock _gate = new();
    private readonly HashSet<CountedNetworkStream> _streams = [];
    private readonly SemaphoreSlim? _places;
    private PreconnectRound? _round;
    private int _open;
    private long _opened;
    private int _usedAt;
    private int _disposed;

    public EndpointConnections(OwnedConnections owner, Endpoint endpoint, string cluster)
    {
        _owner = owner;
        Endpoint = endpoint;
        Cluster = cluster;
        _places = owner.Settings.MaxConnections > 0 ? new SemaphoreSlim(owner.Settings.MaxConnections) : null;
        _invoker = OwnedHandler.Create(owner.Settings, this, out _innermost);
    }

    /// <summary>The endpoint that they lead to.</summary>
    public Endpoint Endpoint { get; }

    /// <summary>The cluster that it belongs to.</summary>
    public string Cluster { get; }

    /// <summary>Sends to the endpoint, and to no other. It must not be disposed.</summary>
    public HttpMessageInvoker Invoker => _invoker;

    /// <summary>Connections that are open, or being opened.</summary>
    public int Open => Volatile.Read(ref _open);

    /// <summary>Connections that were ever established.</summary>
    public long Opened => Volatile.Read(ref _opened);

    /// <summary>The round of the sweep in which it was last used.</summary>
    public int UsedAt => Volatile.Read(ref _usedAt);

    /// <summary>The round of the sweep in which it left the map; 0 while it is there.</summary>
    public int LeftAt { get; set; }

    /// <summary>Used in this round of the sweep.</summary>
    public void Touch(int round)
    {
        // Written once a round, not once a call: the line stays shared between the cores.
        if (_usedAt != round)
        {
            Volatile.Write(ref _usedAt, round);
        }
    }

    /// <summary>Dials the endpoint, whatever the request's authority says.</summary>
    /// <param name="request">The request that no connection was found for.</param>
    /// <param name="timeout">How long a connect may take.</param>
    /// <param name="cancellationToken">Ends with the connect.</param>
    /// <exception cref="ConnectionLimitException">There are as many connections over HTTP/2 as there may be.</exception>
    public async ValueTask<Stream> ConnectAsync(HttpRequestMessage request, TimeSpan timeout, CancellationToken cancellationToken)
    {
        Interlocked.Increment(ref _open);
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        SemaphoreSlim? place = null;
        try
        {
            if (Volatile.Read(ref _round) is { } round)
            {
                await round.ArriveAsync().WaitAsync(cancellationToken).ConfigureAwait(false);
            }

            if (_places is not null && MayBecomeHttp2(request))
            {
                await TakePlaceAsync(_places, timeout, cancellationToken).ConfigureAwait(false);
                place = _places;
            }

            await DialAsync(request, socket, timeout, cancellationToken).ConfigureAwait(false);
            return new CountedNetworkStream(socket, this, place);
        }
        catch
        {
            socket.Dispose();
            place?.Release();
            Volatile.Read(ref _round)?.NoteEnd();
            throw;
        }
        finally
        {
            Interlocked.Decrement(ref _open);
        }
    }

    /// <summary>A connection is established.</summary>
    public void NoteOpened(CountedNetworkStream stream)
    {
        lock (_gate)
        {
            _streams.Add(stream);
        }

        Interlocked.Increment(ref _open);
        Interlocked.Increment(ref _opened);
    }

    /// <summary>A connection is closed.</summary>
    public void NoteClosed(CountedNetworkStream stream)
    {
        lock (_gate)
        {
            _streams.Remove(stream);
        }

        Interlocked.Decrement(ref _open);
        Volatile.Read(ref _round)?.NoteEnd();
    }

    /// <summary>A connection stands, TLS included. Heard of only where connections are opened ahead.</summary>
    public void NoteStanding() => Volatile.Read(ref _round)?.NoteEnd();

    /// <summary>Opens connections over which nothing is sent. The caller holds a lease.</summary>
    /// <remarks>
    /// SocketsHttpHandler opens a connection for each request that finds none, and keeps it when the request is gone by then. So requests are begun, and cancelled as
    /// soon as their connections are under way, while none can come about: they wait in <see cref="ConnectAsync"/>, and where one is there already nothing is done.
    /// </remarks>
    /// <param name="target">What for.</param>
    /// <param name="count">How many.</param>
    /// <param name="cancellationToken">Ends the wait for them.</param>
    public async Task PreconnectAsync(PreconnectTarget target, int count, CancellationToken cancellationToken)
    {
        var round = new PreconnectRound(count);
        if (Interlocked.CompareExchange(ref _round, round, null) is not null)
        {
            return;
        }

        try
        {
            // In this order: from here on none can be added behind our back.
            if (Open == 0)
            {
                await AskAsync(target, count, round, cancellationToken).ConfigureAwait(false);
                round.Open();
                await round.Ended.WaitAsync(cancellationToken).ConfigureAwait(false);
            }
        }
        finally
        {
            round.Open();
            Volatile.Write(ref _round, null);
        }
    }

    /// <summary>Closes every connection under the hands of whoever uses it. A later attempt makes a new one.</summary>
    public void CutOff()
    {
        CountedNetworkStream[] streams;
        lock (_gate)
        {
            streams = [.. _streams];
        }

        Array.ForEach(streams, static stream => stream.Cut());
    }

    /// <summary>
    /// Connects. Where this process stood still meanwhile the time may have run out although the kernel has long connected: the news of both arrive together when it goes on, and a tenth of the time, at
    /// most 250 ms, is granted to the better one.
    /// </summary>
    private async Task DialAsync(HttpRequestMessage request, Socket socket, TimeSpan timeout, CancellationToken cancellationToken)
    {
        using var stop = new CancellationTokenSource();
        var startedAt = _owner.Clock.Now;

        // By name and not by address: all addresses are tried in turn.
        var connecting = socket.ConnectAsync(Endpoint.Host, Endpoint.Port, stop.Token).AsTask();
        try
        {
            await connecting.WaitAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            if (MayBeLate(request, startedAt))
            {
                var grace = timeout == Timeout.InfiniteTimeSpan || timeout > s_mostGrace * 10 ? s_mostGrace : timeout / 10;
                await connecting.WaitAsync(grace, _owner.Clock.TimeProvider, CancellationToken.None).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                if (connecting.IsCompleted)
                {
                    await connecting.ConfigureAwait(false);
                    return;
                }
            }

            await stop.CancelAsync().ConfigureAwait(false);
            _ = connecting.ContinueWith(static ended => ended.Exception, CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
            throw;
        }
    }

    // What comes behind the connect, TLS or the beginning of HTTP/2, has the same token and would not come about.
    private bool MayBeLate(HttpRequestMessage request, long startedAt) =>
        request.RequestUri is { Scheme: "http" } && !MayBecomeHttp2(request) && _owner.Clock.Pauses.Touch(startedAt, _owner.Clock.Now);

    // Over HTTP/1.1 SocketsHttpHandler keeps to the limit by itself.
    private static bool MayBecomeHttp2(HttpRequestMessage request) => request.Version.Major >= 2 || request.VersionPolicy == HttpVersionPolicy.RequestVersionOrHigher;

    /// <summary>
    /// Waits for one of the connections over HTTP/2 that may be. Meanwhile requests go on over those that are there, also the one that asks, as soon as one of their streams
    /// is free.
    /// </summary>
    private async ValueTask TakePlaceAsync(SemaphoreSlim places, TimeSpan timeout, CancellationToken cancellationToken)
    {
        if (places.Wait(0, CancellationToken.None))
        {
            return;
        }

        // It is to end before the connect does, which would be blamed on the endpoint.
        var patience = timeout == Timeout.InfiniteTimeSpan ? timeout : timeout * 0.9;
        using var end = new CancellationTokenSource(patience, _owner.Clock.TimeProvider);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(end.Token, cancellationToken);
        try
        {
            await places.WaitAsync(either.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            throw new ConnectionLimitException(_owner.Settings, patience);
        }
    }

    /// <summary>Begins requests and cancels them: connections are on their way for each.</summary>
    private async Task AskAsync(PreconnectTarget target, int count, PreconnectRound round, CancellationToken cancellationToken)
    {
        // Past the user's own handlers, which have nothing to do with what is never sent.
        using var invoker = new HttpMessageInvoker(_innermost, disposeHandler: false);
        using var stop = new CancellationTokenSource();
        var asked = new List<Task>(count);
        try
        {
            for (var i = 0; i < count; i++)
            {
                asked.Add(invoker.SendAsync(target.CreateRequest(), stop.Token));
            }

            // Cancelled earlier, a request takes its connection with it.
            await round.Arrived.WaitAsync(cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            // Whatever happened: the door opens only when no request is left that could be sent.
            await stop.CancelAsync().ConfigureAwait(false);
            foreach (var request in asked)
            {
                await request.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
    }

    /// <summary>Closes all connections. Called when the endpoint is retired, the client goes, or nothing used them for long.</summary>
    public void Dispose()
    {
        if (Interlocked.Exchange(ref _disposed, 1) == 0)
        {
            _owner.Forget(this);
            _invoker.Dispose();
        }
    }
}
