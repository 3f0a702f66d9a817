using System.Buffers;
using System.Net.Sockets;

namespace ClientLb.Health.Checks;

/// <summary>
/// One request of HTTP/1.1 and its answer over a connection that is opened for it and closed after it. A handler with its pools costs half as much again, and ten
/// thousand endpoints are asked a thousand times a second.
/// </summary>
internal static class PlainExchange
{
    private const int FirstBuffer = 4096;

    // 64 KB of a body in chunks of a few bytes. A peer that never comes to an end must not fill the memory meanwhile.
    private const int MaxBytes = 512 * 1024;

    public static async ValueTask<CheckFinding> RunAsync(
        string host, int port, ReadOnlyMemory<byte> request, HttpExpectation expectation, CancellationToken cancellationToken)
    {
        Socket socket;
        try
        {
            socket = await ProbeSocket.ConnectAsync(host, port, cancellationToken).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            return CheckFinding.NoConnection;
        }

        using (socket)
        {
            // Short: it fits into the send buffer of a new connection.
            await socket.SendAsync(request, SocketFlags.None, cancellationToken).ConfigureAwait(false);
            return await ReceiveAsync(socket, expectation, cancellationToken).ConfigureAwait(false);
        }
    }

    private static async ValueTask<CheckFinding> ReceiveAsync(Socket socket, HttpExpectation expectation, CancellationToken cancellationToken)
    {
        var buffer = ArrayPool<byte>.Shared.Rent(FirstBuffer);
        try
        {
            var length = 0;
            while (true)
            {
                if (length == buffer.Length)
                {
                    if (length >= MaxBytes)
                    {
                        return CheckFinding.Failed("got an answer without end");
                    }

                    buffer = Grow(buffer);
                }

                var received = await socket.ReceiveAsync(buffer.AsMemory(length), SocketFlags.None, cancellationToken).ConfigureAwait(false);
                length += received;
                switch (HttpAnswer.TryRead(buffer.AsMemory(0, length), received == 0, expectation, out var answer))
                {
                    case HttpReading.Done:
                        return expectation.Judge(answer.Status, answer.Body.Span);
                    case HttpReading.Broken:
                        return CheckFinding.Failed(length == 0 ? "had its connection closed without an answer" : "got an answer that is not HTTP/1.1, or not whole");
                }
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    private static byte[] Grow(byte[] buffer)
    {
        var larger = ArrayPool<byte>.Shared.Rent(buffer.Length * 2);
        buffer.CopyTo(larger, 0);
        ArrayPool<byte>.Shared.Return(buffer);
        return larger;
    }
}
