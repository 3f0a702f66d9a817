using System.Net;
using ClientLb.Endpoints;

namespace ClientLb.Http;

/// <summary>
/// Reads small bodies of answers as a part of their attempt, under its clocks: one that breaks off fails the attempt, which is then made elsewhere by the ordinary rules.
/// One for all answers of a client (<see cref="BufferResponsesOptions"/>).
/// </summary>
internal sealed class ResponseBuffer(int maxBytes, BodyTimeout? timeout, MonotonicClock clock)
{
    private const int FirstBlock = 4096;

    /// <summary>Completes an attempt by its body.</summary>
    /// <param name="sending">The attempt, to its headers.</param>
    /// <param name="request">The call's request.</param>
    /// <param name="endpoint">Where it goes.</param>
    /// <param name="isAsync">False when everything must happen on this thread.</param>
    /// <param name="cancellationToken">Stops the attempt.</param>
    /// <returns>The answer, with its body read as far as it is small enough.</returns>
    /// <exception cref="BrokenBodyException">The body broke off or fell silent.</exception>
    public async Task<HttpResponseMessage> CompleteAsync(
        Task<HttpResponseMessage> sending, HttpRequestMessage request, Endpoint endpoint, bool isAsync, CancellationToken cancellationToken)
    {
        var response = await sending.ConfigureAwait(false);
        if (!IsWanted(request, response, out var length))
        {
            return response;
        }

        var body = new BufferingContent(response.Content, timeout, endpoint, clock);
        try
        {
            response.Content = await ReadAsync(response.Content, body, length, isAsync, cancellationToken).ConfigureAwait(false);
            return response;
        }
        catch (Exception error)
        {
            var isBroken = body.IsBroken;
            response.Dispose();
            if (isBroken)
            {
                throw new BrokenBodyException($"The response's body broke off while it was buffered: {error.Message}", error);
            }

            throw;
        }
        finally
        {
            // Whoever holds the response has the transport's content; this was but a look at it.
            body.End(BodyEnd.Abandoned);
        }
    }

    private async ValueTask<HttpContent> ReadAsync(HttpContent inner, BufferingContent body, long length, bool isAsync, CancellationToken cancellationToken)
    {
        var source = isAsync ? await inner.ReadAsStreamAsync(cancellationToken).ConfigureAwait(false) : inner.ReadAsStream(cancellationToken);

        // One byte more than fits: it tells a body that ends here from one that goes on.
        var bytes = new byte[length >= 0 ? (int)length + 1 : Math.Min(FirstBlock, maxBytes + 1)];
        var count = 0;
        while (true)
        {
            var read = isAsync
                ? await BodyReading.ReadAsync(body, source, bytes.AsMemory(count), cancellationToken).ConfigureAwait(false)
                : Read(body, source, bytes.AsSpan(count), cancellationToken);
            if (read == 0)
            {
                var whole = new BufferedContent(bytes, count);
                HeaderCopy.Copy(inner.Headers, whole.Headers);
                inner.Dispose();
                return whole;
            }

            count += read;
            if (count > maxBytes)
            {
                return new ResumedContent(inner, new ResumedStream(bytes.AsMemory(0, count), source));
            }

            if (count == bytes.Length)
            {
                Array.Resize(ref bytes, Math.Min(2 * bytes.Length, maxBytes + 1));
            }
        }
    }

    private static int Read(BufferingContent body, Stream source, Span<byte> buffer, CancellationToken cancellationToken)
    {
        // Nothing but the end of its connection wakes a thread that waits in a socket.
        using var stop = cancellationToken.UnsafeRegister(static inner => ((HttpContent)inner!).Dispose(), body.Inner);
        int count;
        try
        {
            cancellationToken.ThrowIfCancellationRequested();
            count = BodyReading.Read(body, source, buffer);
        }
        catch (Exception error) when (error is not OperationCanceledException && cancellationToken.IsCancellationRequested)
        {
            throw new OperationCanceledException(error.Message, error, cancellationToken);
        }

        // Closed under its hands, a stream may as well say "end".
        cancellationToken.ThrowIfCancellationRequested();
        return count;
    }

    // Errors and pleas for rest are tried again for what they are: their bodies are for the caller of the last one.
    private bool IsWanted(HttpRequestMessage request, HttpResponseMessage response, out long length)
    {
        length = -1;
        if (response.StatusCode is >= HttpStatusCode.InternalServerError or HttpStatusCode.TooManyRequests or < HttpStatusCode.OK
            || !ResponseBodies.IsExpected(request, response) || ResponseBodies.IsUpgrade(request, response) || ResponseBodies.IsStream(response))
        {
            return false;
        }

        length = response.Content.Headers.ContentLength ?? -1;
        return length <= maxBytes;
    }
}
