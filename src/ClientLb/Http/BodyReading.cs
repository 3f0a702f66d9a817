using System.Globalization;
using System.Net.Sockets;
using System.Runtime.CompilerServices;
using ClientLb.Calls;

namespace ClientLb.Http;

/// <summary>One read of a tracked body, with its time limit, and what its end says of the body.</summary>
internal static class BodyReading
{
    /// <summary>Reads from the transport's stream: what both the stream and the copy loop stand on.</summary>
    public static ValueTask<int> ReadAsync(TrackedContent content, Stream source, Memory<byte> buffer, CancellationToken cancellationToken)
    {
        if (cancellationToken.IsCancellationRequested)
        {
            return ValueTask.FromCanceled<int>(cancellationToken);
        }

        // A read that completes at once costs no timestamp: the clock is taken for its token, and started only if there is a wait.
        var clock = content.Timeout?.Wheel.Rent();
        ValueTask<int> read;
        try
        {
            read = source.ReadAsync(buffer, clock?.Token ?? cancellationToken);
        }
        catch (Exception error)
        {
            clock?.Finish(mayReuse: false);
            EndBy(content, error, cancellationToken);
            throw;
        }

        if (read.IsCompletedSuccessfully)
        {
            clock?.Wheel.Return(clock);
            return new ValueTask<int>(content.Note(buffer.Span[..read.Result], buffer.Length));
        }

        if (clock is not null && !read.IsCompleted)
        {
            content.Timeout!.Start(clock, cancellationToken);
        }

        return WaitAsync(content, read, buffer, clock, cancellationToken);
    }

    /// <summary>Reads from the transport's stream on this thread.</summary>
    public static int Read(TrackedContent content, Stream source, Span<byte> buffer)
    {
        var clock = content.Timeout?.Wheel.Rent();
        var cause = StopCause.None;
        int count;
        try
        {
            if (clock is not null)
            {
                content.Timeout!.Start(clock, CancellationToken.None);
            }

            // Nothing but the end of its connection wakes a thread that waits in a socket.
            using (clock?.Token.UnsafeRegister(static inner => ((HttpContent)inner!).Dispose(), content.Inner))
            {
                count = source.Read(buffer);
            }

            cause = clock?.Finish(mayReuse: true) ?? StopCause.None;
        }
        catch (Exception error)
        {
            if (clock?.Finish(mayReuse: false) == StopCause.BodyIdle)
            {
                throw EndIdle(content, error);
            }

            EndBy(content, error, CancellationToken.None);
            throw;
        }

        // Closed under its hands, a stream may as well say "end".
        return cause == StopCause.BodyIdle ? throw EndIdle(content, null) : content.Note(buffer[..count], buffer.Length);
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private static async ValueTask<int> WaitAsync(
        TrackedContent content,
        ValueTask<int> read,
        Memory<byte> buffer,
        AttemptClock? clock,
        CancellationToken cancellationToken)
    {
        int count;
        var cause = StopCause.None;
        try
        {
            count = await read.ConfigureAwait(false);
            cause = clock?.Finish(mayReuse: true) ?? StopCause.None;
        }
        catch (Exception error)
        {
            if (clock?.Finish(mayReuse: false) == StopCause.BodyIdle)
            {
                throw EndIdle(content, error);
            }

            EndBy(content, error, cancellationToken);
            if (error is OperationCanceledException && cancellationToken.IsCancellationRequested)
            {
                // Under the caller's own token, not the clock's.
                throw new OperationCanceledException(error.Message, error, cancellationToken);
            }

            throw;
        }

        return cause == StopCause.BodyIdle ? throw EndIdle(content, null) : content.Note(buffer.Span[..count], buffer.Length);
    }

    private static void EndBy(TrackedContent content, Exception error, CancellationToken cancellationToken)
    {
        if (error is OperationCanceledException || cancellationToken.IsCancellationRequested)
        {
            content.End(BodyEnd.Abandoned);
        }
        else if (error is IOException or HttpRequestException or InvalidDataException or SocketException)
        {
            content.End(BodyEnd.Broken);
            if (content.IsCutOff)
            {
                throw new IOException($"The response's body was cut off: {content.Describe()} drained, and the time for what was in flight is over.", error);
            }
        }
    }

    private static IOException EndIdle(TrackedContent content, Exception? error)
    {
        content.End(BodyEnd.Idle);
        var message = string.Create(
            CultureInfo.InvariantCulture,
            $"No byte of the response's body came from {content.Describe()} within {content.Timeout!.Limit.TotalSeconds} s.");
        return new IOException(message, new TimeoutException(message, error));
    }
}
