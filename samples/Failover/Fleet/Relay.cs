using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;

namespace ClientLb.Samples.Failover.Fleet;

/// <summary>The network in front of a backend: forwards TCP connections until it is told to lose what they carry, or to refuse.</summary>
internal sealed class Relay : IDisposable
{
    private readonly ConcurrentDictionary<Socket, bool> _open = new();
    private readonly CancellationTokenSource _stop = new();
    private volatile TaskCompletionSource _passage = Opened();
    private Socket? _listener;

    public Relay(IPAddress address)
    {
        _listener = Listen(new IPEndPoint(address, 0));
        Address = (IPEndPoint)_listener.LocalEndPoint!;
    }

    /// <summary>Where it listens: what the registry is told.</summary>
    public IPEndPoint Address { get; }

    /// <summary>Where it leads.</summary>
    public IPEndPoint? Target { get; set; }

    /// <summary>From now on nothing passes, in either direction: the peers see silence.</summary>
    public void Cut() => _passage = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Everything passes again, what was held back included.</summary>
    public void Mend() => _passage.TrySetResult();

    /// <summary>Breaks every connection and refuses new ones.</summary>
    public void Refuse()
    {
        _listener?.Dispose();
        _listener = null;
        foreach (var socket in _open.Keys)
        {
            // Without lingering: the peer sees a reset, as from a process that was killed.
            socket.Close(0);
        }
    }

    /// <summary>Listens again after <see cref="Refuse"/>.</summary>
    public void Accept() => _listener ??= Listen(Address);

    public void Dispose()
    {
        _stop.Cancel();
        Refuse();
        _stop.Dispose();
    }

    private static TaskCompletionSource Opened()
    {
        var passage = new TaskCompletionSource();
        passage.SetResult();
        return passage;
    }

    private Socket Listen(IPEndPoint address)
    {
        var listener = new Socket(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        listener.Bind(address);
        listener.Listen();
        _ = AcceptAllAsync(listener, _stop.Token);
        return listener;
    }

    private async Task AcceptAllAsync(Socket listener, CancellationToken stop)
    {
        try
        {
            while (true)
            {
                _ = ForwardAsync(await listener.AcceptAsync(stop), stop);
            }
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException or OperationCanceledException)
        {
            // It refuses from now on.
        }
    }

    private async Task ForwardAsync(Socket client, CancellationToken stop)
    {
        using var server = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        client.NoDelay = true;
        _open[client] = _open[server] = true;
        try
        {
            await _passage.Task.WaitAsync(stop);
            await server.ConnectAsync(Target!, stop);
            await Task.WhenAny(PumpAsync(client, server, stop), PumpAsync(server, client, stop));
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException or OperationCanceledException)
        {
            // One of the two has gone: so has the connection.
        }
        finally
        {
            _open.TryRemove(client, out _);
            _open.TryRemove(server, out _);
            client.Dispose();
        }
    }

    private async Task PumpAsync(Socket from, Socket to, CancellationToken stop)
    {
        var buffer = new byte[4096];
        try
        {
            int count;
            while ((count = await from.ReceiveAsync(buffer, stop)) > 0)
            {
                await _passage.Task.WaitAsync(stop);
                await to.SendAsync(buffer.AsMemory(0, count), stop);
            }
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException or OperationCanceledException)
        {
            // As above.
        }
    }
}
