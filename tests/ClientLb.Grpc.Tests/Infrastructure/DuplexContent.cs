using System.Net;
using System.Net.Http.Headers;
using Google.Protobuf;

namespace ClientLb.Grpc.Tests.Infrastructure;

/// <summary>The messages of a call that are not known when it begins.</summary>
internal sealed class DuplexContent : HttpContent
{
    private readonly TaskCompletionSource<Stream> _opened = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _complete = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public DuplexContent() => Headers.ContentType = new MediaTypeHeaderValue("application/grpc");

    /// <summary>Sends one more.</summary>
    public async Task WriteAsync(IMessage message, bool isCompressed = false)
    {
        var stream = await _opened.Task;
        await stream.WriteAsync(GrpcFrames.Of(message, isCompressed));
        await stream.FlushAsync();
    }

    /// <summary>There are no more.</summary>
    public void Complete() => _complete.TrySetResult();

    protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context) => SerializeToStreamAsync(stream, context, CancellationToken.None);

    protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context, CancellationToken cancellationToken)
    {
        // The headers go out at once: some servers answer before they have heard anything.
        await stream.FlushAsync(cancellationToken);
        _opened.TrySetResult(stream);
        await _complete.Task.WaitAsync(cancellationToken);
    }

    protected override bool TryComputeLength(out long length)
    {
        length = 0;
        return false;
    }

    protected override void Dispose(bool disposing)
    {
        _opened.TrySetCanceled();
        _complete.TrySetResult();
        base.Dispose(disposing);
    }
}
