using System.Globalization;
using System.Net.Http.Headers;
using ClientLb.Calls;
using ClientLb.Endpoints;
using ClientLb.Http.Grpc;

namespace ClientLb.Http;

/// <summary>Reads within which time a call must be over, beside the client's own limits: what its caller says, and whoever waits for its caller.</summary>
/// <param name="header">The header with milliseconds; empty where there is none.</param>
/// <param name="clock">The clock of calls.</param>
internal sealed class CallLimits(string header, MonotonicClock clock)
{
    /// <summary>Nobody has said anything.</summary>
    public const long None = long.MaxValue;

    /// <summary>More digits than any bound needs; beyond them it is noise.</summary>
    private const int MostDigits = 12;

    private static readonly HttpRequestOptionsKey<long> s_grpcEnd = new("ClientLb.GrpcEnd");

    /// <summary>The limit of a call that begins now.</summary>
    /// <param name="request">Its request.</param>
    /// <returns>Ticks (100 ns), never negative; <see cref="None"/> where nobody has set one.</returns>
    public long Of(HttpRequestMessage request)
    {
        var limit = CallDeadline.Current is { } current ? current.Remaining.Ticks : None;
        if (RequestParts.HasOptions(request) && request.Options.TryGetValue(LoadBalancingRequestOptions.Deadline, out var own))
        {
            // Infinite: a call that goes on although nobody waits for the work any more that it is a part of.
            limit = own == Timeout.InfiniteTimeSpan ? None : Math.Min(limit, Math.Max(0, own.Ticks));
        }

        var hasHeaders = RequestParts.HasHeaders(request);
        if (!hasHeaders && limit == None)
        {
            return None;
        }

        if (hasHeaders && header.Length > 0 && request.Headers.NonValidated.TryGetValues(header, out var values) && TryRead(values, out var ticks))
        {
            limit = Math.Min(limit, ticks);
        }

        // A look at the content type costs bytes, and is wanted only where there is something to be said.
        return (limit != None || (hasHeaders && request.Headers.NonValidated.Contains(GrpcTimeout.Header))) && IsGrpc(request) ? OfGrpc(request, limit) : limit;
    }

    /// <summary>Whether it is a gRPC request; gRPC-Web has other content types.</summary>
    public static bool IsGrpc(HttpRequestMessage request) => request.Content is { } content && GrpcRequests.IsGrpc(content.Headers);

    /// <summary>
    /// When a gRPC call must be over, in ticks: of a call that streams, its whole body. It is the caller's own limit and not that of its attempts, which are limits up to the
    /// answer's headers.
    /// </summary>
    public static bool TryGetGrpcEnd(HttpRequestMessage request, out long end) => request.Options.TryGetValue(s_grpcEnd, out end);

    private long OfGrpc(HttpRequestMessage request, long limit)
    {
        if (request.Headers.NonValidated.TryGetValues(GrpcTimeout.Header, out var values) && values.Count == 1 && GrpcTimeout.TryRead(values.ToString(), out var ticks))
        {
            limit = Math.Min(limit, ticks);
        }

        if (limit != None)
        {
            request.Options.Set(s_grpcEnd, clock.Now + limit);
        }

        return limit;
    }

    private static bool TryRead(HeaderStringValues values, out long ticks)
    {
        ticks = 0;
        if (values.Count != 1 || values.ToString() is not { Length: > 0 and <= MostDigits } text
            || !long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var milliseconds))
        {
            return false;
        }

        ticks = milliseconds * TimeSpan.TicksPerMillisecond;
        return true;
    }
}
