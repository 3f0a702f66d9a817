namespace ClientLb.Http;

/// <summary>A body of no bytes, which keeps SocketsHttpHandler from sending a request twice.</summary>
/// <remarks>
/// When a connection that is used again turns out to be dead, SocketsHttpHandler sends a request without content once more on another
/// connection, whatever its method, although the server may have read it. A request with content it never repeats.
/// </remarks>
internal sealed class EmptyRequestContent : ByteArrayContent
{
    // One for each request: what a handler does to its headers must not reach another request.
    private EmptyRequestContent()
        : base([])
    {
    }

    /// <summary>Gives a request without a body the empty one: for calls that must not be repeated.</summary>
    public static void NeverResend(HttpRequestMessage request) => request.Content ??= new EmptyRequestContent();

    /// <summary>Takes the empty body away again: the caller sees the request as it was.</summary>
    public static void Restore(HttpRequestMessage request)
    {
        if (request.Content is EmptyRequestContent)
        {
            request.Content = null;
        }
    }
}
