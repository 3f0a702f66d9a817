using ClientLb.Endpoints;

namespace ClientLb.Http.Grpc;

/// <summary>
/// Looks at the beginning of an answer before the caller gets it, where the call may be repeated: a server that sends its headers and then, in place of a message, a status in the trailers has failed the
/// attempt, which is then made elsewhere. (By gRFC A6 a call is committed by its headers; but what has given the caller nothing can be taken back.)
/// </summary>
internal static class GrpcAhead
{
    // A stream may have nothing to say for hours after its headers, and its caller may wait for them. What sends a status at once sends it within this time.
    private static readonly TimeSpan s_patience = TimeSpan.FromMilliseconds(100);

    private const int Block = 512;

    /// <summary>Completes an attempt by the first bytes of its answer, or by its end.</summary>
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
            var read = source.ReadAsync(bytes, cancellationToken);
            int count;
            if (isUnary || read.IsCompleted)
            {
                count = await read.ConfigureAwait(false);
            }
            else
            {
                var first = read.AsTask();
                if (await Task.WhenAny(first, Task.Delay(s_patience, clock.TimeProvider, cancellationToken)).ConfigureAwait(false) != first)
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
}
