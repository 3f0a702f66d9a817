using ClientLb.Endpoints;

namespace ClientLb.Http.Grpc;

/// <summary>
/// Looks at the beginning of an answer before the caller gets it, where the call may be repeated: a server that sends its headers and then, in place of a message, a status in the trailers has failed the
/// attempt, which is then made elsewhere. (By gRFC A6 a call is committed by its headers; but what has given the caller nothing can be taken back.) Of a method that answers with one
/// message the answer is read to its end, up to 64 KB: nothing can be done with the message before its status has come, and a server that stops between the two costs no call.
/// </summary>
internal static class GrpcAhead
{
    // A stream may have nothing to say for hours after its headers, and its caller may wait for them. What sends a status at once sends it within this time.
    private static readonly TimeSpan s_patience = TimeSpan.FromMilliseconds(100);

    private const int Block = 512;

    // As much as BufferResponses takes by default.
    private const int Most = 64 * 1024;

    /// <summary>Completes an attempt by its end, or by the first bytes of its answer.</summary>
    /// <param name="sending">The attempt, to its headers.</param>
    /// <param name="isUnary">True where a message must come: then the attempt's own clock is the limit.</param>
    /// <param name="endpoint">Where it goes.</param>
    /// <param name="clock">The clock.</param>
    /// <param name="cancellationToken">Stops the attempt.</param>
    public static async Task<HttpResponseMessage> CompleteAsync(
        Task<HttpResponseMessage> sending, bool isUnary, Endpoint endpoint, MonotonicClock clock, CancellationToken cancellationToken)
    {
        var response = await sending.ConfigureAwait(false);
        if (response.StatusCode != System.Net.HttpStatusCode.OK || !ResponseBodies.IsGrpc(response) || response.Headers.NonValidated.Contains("grpc-status"))
        {
            return response;
        }

        endpoint.Load.NoteByte(clock.Now);
        var inner = response.Content;
        try
        {
            var source = await inner.ReadAsStreamAsync(cancellationToken).ConfigureAwait(false);
            var bytes = new byte[Block];

            // What may outlive the attempt does not hold its token.
            var read = source.ReadAsync(bytes, isUnary ? cancellationToken : CancellationToken.None);
            int count;
            if (isUnary)
            {
                (bytes, count) = await ToTheEndAsync(source, bytes, await read.ConfigureAwait(false), cancellationToken).ConfigureAwait(false);
            }
            else if (read.IsCompleted)
            {
                count = await read.ConfigureAwait(false);
            }
            else
            {
                var first = read.AsTask();
                if (!await HasEndedAsync(first, clock, cancellationToken).ConfigureAwait(false))
                {
                    response.Content = new GrpcAheadContent(inner, new ResumedStream(first, bytes, source), hasBegun: false);
                    return response;
                }

                count = await first.ConfigureAwait(false);
            }

            response.Content = new GrpcAheadContent(inner, new ResumedStream(bytes.AsMemory(0, count), source), hasBegun: true);
            return response;
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

    private static async ValueTask<(byte[] Bytes, int Count)> ToTheEndAsync(Stream source, byte[] bytes, int count, CancellationToken cancellationToken)
    {
        var read = count;
        while (read > 0 && count < Most)
        {
            if (count == bytes.Length)
            {
                Array.Resize(ref bytes, Math.Min(Most, bytes.Length * 4));
            }

            read = await source.ReadAsync(bytes.AsMemory(count), cancellationToken).ConfigureAwait(false);
            count += read;
        }

        return (bytes, count);
    }
}
