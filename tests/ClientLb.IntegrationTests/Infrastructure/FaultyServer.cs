using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace ClientLb.IntegrationTests.Infrastructure;

/// <summary>HTTP/1.1 over raw sockets, with a fault now and then. It notes each request as soon as its first line has come.</summary>
internal sealed class FaultyServer : IAsyncDisposable
{
    private static readonly Fault[] s_faults = Enum.GetValues<Fault>();

    private readonly TcpListener _listener = new(IPAddress.Parse(LoopbackAddress.Next()), 0);
    private readonly CancellationTokenSource _stop = new();
    private readonly ConcurrentDictionary<Socket, Task> _open = new();
    private readonly ConcurrentDictionary<string, int> _seen;
    private readonly Random _random;
    private readonly double _rate;
    private readonly Lock _gate = new();
    private readonly Task _accepting;
    private int _connections;
    private int _requests;

    /// <param name="seen">Counts what comes, by the request's path; several servers may share it.</param>
    /// <param name="rate">The share of requests that meet a fault.</param>
    /// <param name="seed">Chooses the faults.</param>
    public FaultyServer(ConcurrentDictionary<string, int> seen, double rate, int seed)
    {
        _seen = seen;
        _rate = rate;
        _random = new(seed);
        _listener.Start(512);
        _accepting = Task.Run(AcceptAsync);
    }

    public IPEndPoint Address => (IPEndPoint)_listener.LocalEndpoint;

    public int Connections => Volatile.Read(ref _connections);

    public int Requests => Volatile.Read(ref _requests);

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        _listener.Stop();
        await _accepting;
        await Task.WhenAll(_open.Values);
        _stop.Dispose();
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
            {
                var socket = await _listener.AcceptSocketAsync(_stop.Token);
                Interlocked.Increment(ref _connections);
                _open[socket] = ServeAsync(socket);
            }
        }
        catch (Exception e) when (e is OperationCanceledException or SocketException)
        {
            // The test ends.
        }
    }

    private async Task ServeAsync(Socket socket)
    {
        await Task.Yield();
        try
        {
            using (socket)
            {
                await using var stream = new NetworkStream(socket, ownsSocket: false);
                var reader = new WireReader(stream, _stop.Token);
                var fault = Next();
                while (fault is not (Fault.CloseBeforeReading or Fault.ResetBeforeReading) && await reader.ReadLineAsync() is { } line)
                {
                    fault = await AnswerAsync(stream, reader, line.Split(' ')[1], fault);
                    if (fault != Fault.None)
                    {
                        break;
                    }

                    fault = Next();
                }

                socket.LingerState = new(fault is Fault.ResetBeforeReading or Fault.ResetBeforeBody or Fault.ResetAfterReading or Fault.ResetAfterAnswer, 0);
            }
        }
        catch (Exception e) when (e is IOException or SocketException or OperationCanceledException)
        {
            // The client went first.
        }

        _open.TryRemove(socket, out _);
    }

    private async Task<Fault> AnswerAsync(NetworkStream stream, WireReader reader, string path, Fault fault)
    {
        Interlocked.Increment(ref _requests);
        _seen.AddOrUpdate(path, 1, static (_, n) => n + 1);
        var length = await reader.ReadHeadersAsync();
        if (fault == Fault.ResetBeforeBody)
        {
            return fault;
        }

        await reader.SkipBodyAsync(length);
        if (fault is Fault.CloseAfterReading or Fault.ResetAfterReading)
        {
            return fault;
        }

        var answer = Encoding.ASCII.GetBytes($"HTTP/1.1 200 OK\r\nContent-Length: {path.Length}\r\n\r\n{path}");
        var part = fault switch { Fault.CloseInHead => 11, Fault.CloseInBody => answer.Length - 1, _ => answer.Length };
        await stream.WriteAsync(answer.AsMemory(0, part), _stop.Token);
        return fault;
    }

    private Fault Next()
    {
        lock (_gate)
        {
            return _random.NextDouble() < _rate ? s_faults[_random.Next(1, s_faults.Length)] : Fault.None;
        }
    }
}
