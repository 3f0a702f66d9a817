using ClientLb.Endpoints;

namespace ClientLb.Http.Grpc;

/// <summary>
/// Looks at the beginning of an answer before the caller gets it, where the call may be repeated: a server that sends its headers and then, in place of a message, a status in the trailers has failed the
/// attempt, which is then made elsewhere. (By gRFC A6 a call is committed by its headers; but what has given the caller nothing can be taken back.) Of a method that is taken for unary the answer is read
/// to its end, up to 64 KB: nothing can be done with the message before its status has come. A stream that is taken for unary must neither hang nor be cut: whatever is held back is handed out after a
/// moment in which nothing more has come.
/// </summary>
internal static class GrpcAhead
{
    // A stream may have nothing to say for hours after its headers or a message, and its caller may wait for what has come. What sends a status at once sends it within this time.
    private static readonly TimeSpan s_patience = TimeSpan.FromMilliseconds(100);

    private const int Block = 512;

    // As much as BufferResponses takes by default.
    private const int Most = 64 * 1024;

    /// <summary>Completes an attempt by its end, or by the first bytes of its answer.</summary>
    /// <param name="sending">The attempt, to its headers.</param>
    /// <param name="method">What is called.</param>
    /// <param name="isUnary">True where it is taken for a unary call: what it says has to come whole, and the attempt's own clock is the limit for it.</param>
    /// <param name="endpoint">Where it goes.</param>
    /// <param name="clock">The clock.</param>
    /// <param name="cancellationToken">Stops the attempt.</param>
    public static async Task<HttpResponseMessage> CompleteAsync(
        Task<HttpResponseMessage> sending, GrpcMethod method, bool isUnary, Endpoint endpoint, MonotonicClock clock, CancellationToken cancellationToken)
    {
        var response = await sending.ConfigureAwait(false);
        if (response.StatusCode != System.Net.HttpStatusCode.OK || !ResponseBodies.IsGrpc(response) || response.Headers.NonValidated.Contains("grpc-status"))
        {
            return response;
        }

        endpoint.Load.NoteByte(clock.Now);
        var inner = response.Content;
        var count = 0;
        try
        {
            var source = await inner.ReadAsStreamAsync(cancellationToken).ConfigureAwait(false);
            var bytes = new byte[Block];
            var frames = new GrpcFrameCounter();
            for (var read = 1; read > 0 && (count == 0 || isUnary) && count < Most && frames.Messages < 2; count += read)
            {
                if (count == bytes.Length)
                {
                    Array.Resize(ref bytes, Math.Min(Most, bytes.Length * 4));
                }

                var room = bytes.AsMemory(count);
                if (isUnary && (count == 0 ? method.SpeaksWithHeaders : !frames.IsWhole))
                {
                    read = await source.ReadAsync(room, cancellationToken).ConfigureAwait(false);
                }
                else
                {
                    // May outlive the attempt, and so does not hold its token.
                    var reading = source.ReadAsync(room, CancellationToken.None);
                    if (reading.IsCompleted)
                    {
                        read = await reading.ConfigureAwait(false);
                    }
                    else
                    {
                        var pending = reading.AsTask();
                        if (!await HasEndedAsync(pending, clock, cancellationToken).ConfigureAwait(false))
                        {
                            if (count > 0)
                            {
                                method.Doubt();
                            }

                            response.Content = new GrpcAheadContent(inner, new ResumedStream(bytes.AsMemory(0, count), pending, room, source), hasBegun: count > 0);
                            return response;
                        }

                        read = await pending.ConfigureAwait(false);
                    }
                }

                frames.Add(room.Span[..read]);
            }

            response.Content = new GrpcAheadContent(inner, new ResumedStream(bytes.AsMemory(0, count), source), hasBegun: true);
            return response;
        }
        catch (OperationCanceledException e) when (count == 0 && cancellationToken.IsCancellationRequested)
        {
            response.Dispose();
            throw new GrpcSilentException(e);
        }
        catch
        {
            response.Dispose();
            throw;
        }
    }

    /// <summary>Waits for a read, but not for long.</summary>
    /// <returns>False where it has not ended.</returns>
    /// <exception cref="OperationCanceledException">The attempt was stopped meanwhile: what has come so far is no answer.</exception>
    private static async ValueTask<bool> HasEndedAsync(Task read, MonotonicClock clock, CancellationToken cancellationToken)
    {
        await read.WaitAsync(s_patience, clock.TimeProvider, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (read.IsCompleted)
        {
            return true;
        }

        if (cancellationToken.IsCancellationRequested)
        {
            // It ends with the response, and nobody else looks at how.
            _ = read.ContinueWith(static ended => _ = ended.Exception, CancellationToken.None, TaskContinuationOptions.OnlyOnFaulted, TaskScheduler.Default);
            throw new OperationCanceledException(cancellationToken);
        }

        return false;
    }
}
