namespace ClientLb.Http.Grpc;

/// <summary>What a client knows of one gRPC method: said by the settings, or learned from its answers.</summary>
/// <remarks>
/// Nothing on the wire says whether a call is a unary one that is late or a stream that has nothing to say yet: servers send their headers with the first message. So limits on the time to headers, places
/// and the look for stalls are for methods that were seen to answer with one message; one that has ever sent two is a stream for good.
/// </remarks>
internal sealed class GrpcMethod(string path, bool isIdempotent, bool learns = true)
{
    private const int Unknown = 0;
    private const int Unary = 1;
    private const int Streaming = 2;

    private int _kind;

    /// <summary>Its path, <c>/package.Service/Method</c>.</summary>
    public string Path => path;

    /// <summary>Whether the settings say that it may be carried out more than once.</summary>
    public bool IsIdempotent => isIdempotent;

    /// <summary>True once it has answered with one message, and as long as it has not answered with more.</summary>
    public bool IsUnary => Volatile.Read(ref _kind) == Unary;

    /// <summary>A call has ended well.</summary>
    /// <param name="messages">The messages of its answer.</param>
    public void Learn(int messages)
    {
        var kind = messages > 1 ? Streaming : messages == 1 ? Unary : Unknown;
        if (learns && kind > Volatile.Read(ref _kind))
        {
            Volatile.Write(ref _kind, kind);
        }
    }
}
