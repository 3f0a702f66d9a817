using System.Net.Http.Json;
using ClientLb.Calls;
using ClientLb.Endpoints;
using ClientLb.Http.Grpc;

namespace ClientLb.Http;

/// <summary>Makes further attempts of one call possible: whether its body can be sent again, and the requests that do so.</summary>
/// <remarks>
/// <code>
///   no content, bytes in memory        as it is      always
///   length known, up to 64 KB          buffered      always, from a copy: an attempt that was given up may still be reading
///   JSON                               recorded      once the first attempt has sent all of it, if it fits; or has sent nothing
///   anything else, or no room left     once          only after an attempt that provably sent nothing
/// </code>
/// </remarks>
internal sealed class RequestReplay : IDisposable
{
    internal static readonly RequestReplay AsItIs = new(null, null, 0, isBuffered: true);
    internal static readonly RequestReplay Once = new(null, null, 0, isBuffered: false);

    private readonly ReplayQuota? _quota;
    private readonly BodyRecord? _record;
    private readonly bool _isBuffered;
    private long _held;

    private RequestReplay(ReplayQuota? quota, BodyRecord? record, long held, bool isBuffered)
    {
        _quota = quota;
        _record = record;
        _held = held;
        _isBuffered = isBuffered;
    }

    /// <summary>Prepares a request before its first attempt. Free for a request without content.</summary>
    /// <param name="request">The request: its content may be buffered, or replaced until <see cref="Restore"/>.</param>
    /// <param name="quota">Where the room for bodies comes from.</param>
    /// <param name="cancellationToken">The caller's token.</param>
    /// <returns>Dispose it at the end of the call.</returns>
    public static ValueTask<RequestReplay> PrepareAsync(HttpRequestMessage request, ReplayQuota quota, CancellationToken cancellationToken)
    {
        if (request.Content is not { } content)
        {
            return new ValueTask<RequestReplay>(AsItIs);
        }

        var isGrpc = GrpcRequests.IsGrpc(request);
        if (isGrpc && GrpcRequests.IsOneMessage(content))
        {
            return BufferMessageAsync(content, quota, cancellationToken);
        }

        if (content is JsonContent || (isGrpc && !IsInMemory(content)))
        {
            var record = new BodyRecord(quota);
            request.Content = new RecordedContent(content, record);
            return new ValueTask<RequestReplay>(new RequestReplay(null, record, 0, isBuffered: false));
        }

        // Asked for in every case: what is known is then only read, which several attempts may do at once.
        var length = content.Headers.ContentLength;
        if (IsInMemory(content))
        {
            return new ValueTask<RequestReplay>(AsItIs);
        }

        return length is { } known and <= ReplayQuota.PerCall && quota.TryTake(known)
            ? BufferAsync(content, quota, known, cancellationToken)
            : new ValueTask<RequestReplay>(Once);
    }

    /// <summary>True when a further attempt may be sent while another is in flight.</summary>
    public bool CanSendInParallel => _isBuffered || _record?.TryGet(out _) == true;

    /// <summary>True when another attempt may be sent after one that ended so.</summary>
    /// <param name="last">How the last attempt ended.</param>
    public bool CanSendAfter(in AttemptVerdict last)
    {
        if (_isBuffered)
        {
            return true;
        }

        if (_record is not null)
        {
            return !_record.IsBegun || _record.TryGet(out _);
        }

        // No connection, no reader. A refused stream does not count: part of the body may have been read for it.
        return last is { Kind: OutcomeKind.NotSent, Evidence: not Evidence.StreamRefused };
    }

    /// <summary>The request of a further attempt: a message of its own with the same method, URI, version, headers, options and body.</summary>
    /// <param name="original">The request as the caller made it. It, and not the copy, is disposed by the caller.</param>
    /// <param name="attempt">The number of the attempt, from 2.</param>
    public HttpRequestMessage Clone(HttpRequestMessage original, int attempt)
    {
        var clone = new HttpRequestMessage(original.Method, original.RequestUri)
        {
            Version = original.Version,
            VersionPolicy = original.VersionPolicy,
            Content = CloneContent(original.Content),
        };
        HeaderCopy.Copy(original.Headers, clone.Headers);
        foreach (var (key, value) in original.Options)
        {
            clone.Options.TryAdd(key, value);
        }

        clone.Options.Set(EndpointPropagator.AttemptKey, attempt);
        if (attempt > 1 && GrpcRequests.IsGrpc(original))
        {
            GrpcRequests.SetPreviousAttempts(clone, attempt);
        }

        return clone;
    }

    /// <summary>Gives the caller's request its own content back.</summary>
    public static void Restore(HttpRequestMessage request)
    {
        if (request.Content is RecordedContent recorded)
        {
            request.Content = recorded.Inner;
        }
    }

    /// <summary>The call has ended: the room is free. An attempt that was given up keeps what it reads from.</summary>
    public void Dispose()
    {
        _record?.Drop();
        var held = Interlocked.Exchange(ref _held, 0);
        if (held != 0)
        {
            _quota!.Return(held);
        }
    }

    private static async ValueTask<RequestReplay> BufferAsync(
        HttpContent content,
        ReplayQuota quota,
        long length,
        CancellationToken cancellationToken)
    {
        try
        {
            await content.LoadIntoBufferAsync(ReplayQuota.PerCall, cancellationToken).ConfigureAwait(false);
        }
        catch
        {
            quota.Return(length);
            throw;
        }

        return new RequestReplay(quota, null, length, isBuffered: true);
    }

    /// <summary>The one message of a gRPC call, of a length that is known once it is made. It can be made again where it is too large to be kept.</summary>
    private static async ValueTask<RequestReplay> BufferMessageAsync(HttpContent content, ReplayQuota quota, CancellationToken cancellationToken)
    {
        try
        {
            await content.LoadIntoBufferAsync(ReplayQuota.PerCall, cancellationToken).ConfigureAwait(false);
        }
        catch (HttpRequestException e) when (e.HttpRequestError == HttpRequestError.ConfigurationLimitExceeded)
        {
            return Once;
        }

        var length = content.Headers.ContentLength ?? 0;
        return new RequestReplay(quota, null, quota.TryTake(length) ? length : 0, isBuffered: true);
    }

    private HttpContent? CloneContent(HttpContent? content)
    {
        if (content is null || IsInMemory(content) || (!_isBuffered && _record is null))
        {
            return content;
        }

        if (content is RecordedContent recorded)
        {
            if (!_record!.TryGet(out var bytes))
            {
                // Nothing has been read from it yet.
                return content;
            }

            return WithHeaders(new ReadOnlyMemoryContent(bytes), recorded);
        }

        var copy = new MemoryStream();
        content.CopyTo(copy, null, CancellationToken.None);
        return WithHeaders(new ByteArrayContent(copy.GetBuffer(), 0, (int)copy.Length), content);
    }

    private static HttpContent WithHeaders(HttpContent copy, HttpContent original)
    {
        HeaderCopy.Copy(original.Headers, copy.Headers);
        return copy;
    }

    // By exact type: who inherits from these may read from anywhere.
    internal static bool IsInMemory(HttpContent content)
    {
        var type = content.GetType();
        return type == typeof(StringContent)
            || type == typeof(ByteArrayContent)
            || type == typeof(ReadOnlyMemoryContent)
            || type == typeof(FormUrlEncodedContent)
            || type == typeof(EmptyRequestContent);
    }
}
