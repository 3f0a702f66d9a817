using System.Net;
using System.Net.Sockets;
using ClientLb.Endpoints;

namespace ClientLb.IntegrationTests.Infrastructure;

/// <summary>HTTP/1.1 over raw sockets: gives one and the same answer, byte for byte, and breaks off where it is told to.</summary>
internal sealed class CutOffServer : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Parse(LoopbackAddress.Next()), 0);
    private readonly CancellationTokenSource _stop = new();
    private readonly List<Task> _open = [];
    private readonly Task _accepting;
    private int _requests;

    /// <param name="answer">All bytes of the answer, its head included.</param>
    public CutOffServer(byte[] answer)
    {
        Answer = answer;
        CutAt = answer.Length;
        _listener.Start(512);
        _accepting = Task.Run(AcceptAsync);
    }

    public byte[] Answer { get; }

    /// <summary>How many bytes of the answer are sent; all of them, and the connection stays open.</summary>
    public int CutAt { get; set; }

    /// <summary>How it breaks off.</summary>
    public bool ByReset { get; set; }

    /// <summary>True: it does not break off, it falls silent.</summary>
    public bool FallsSilent { get; set; }

    public int Requests => Volatile.Read(ref _requests);

    public EndpointDescriptor Descriptor
    {
        get
        {
            var address = (IPEndPoint)_listener.LocalEndpoint;
            return new(address.Address.ToString(), address.Port);
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        _listener.Stop();
        await _accepting;
        await Task.WhenAll(_open);
        _stop.Dispose();
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
            {
                _open.Add(ServeAsync(await _listener.AcceptSocketAsync(_stop.Token)));
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
                while (await reader.ReadLineAsync() is not null)
                {
                    await reader.ReadHeadersAsync();
                    Interlocked.Increment(ref _requests);
                    await stream.WriteAsync(Answer.AsMemory(0, CutAt), _stop.Token);
                    if (FallsSilent)
                    {
                        await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, _stop.Token);
                    }

                    if (CutAt < Answer.Length)
                    {
                        break;
                    }
                }

                socket.LingerState = new(ByReset, 0);
            }
        }
        catch (Exception e) when (e is IOException or SocketException or OperationCanceledException)
        {
            // The client went first.
        }
    }
}
