namespace ClientLb.Http;

/// <summary>What an application may say of a single request, by <see cref="HttpRequestMessage.Options"/>.</summary>
public static class LoadBalancingRequestOptions
{
    /// <summary>
    /// The key of the call, for a cluster whose <c>HashKey:From</c> is <c>RequestOption</c>: calls with equal texts go to the same endpoint. With
    /// <c>ClientAddress</c> it is an IP address. It is not sent.
    /// </summary>
    public static readonly HttpRequestOptionsKey<string> HashKey = new("ClientLb.HashKey");

    private static readonly HttpRequestOptionsKey<bool> s_isIdempotent = new("ClientLb.IsIdempotent");

    private static volatile bool s_isIdempotentInUse;

    /// <summary>
    /// Whether the call may be made again though it may have been carried out, whatever its method, its headers and <see cref="Calls.RetryOptions.Methods"/> say:
    /// <see langword="true"/> allows it, <see langword="false"/> forbids it, for a GET too. It is not sent. Default: not set.
    /// </summary>
    public static HttpRequestOptionsKey<bool> IsIdempotent
    {
        get
        {
            s_isIdempotentInUse = true;
            return s_isIdempotent;
        }
    }

    /// <summary>
    /// False as long as nobody has asked for <see cref="IsIdempotent"/>, so that no request can have it: to look at the options of a request that has none makes them (100 B).
    /// </summary>
    internal static bool IsIdempotentInUse
    {
        get => s_isIdempotentInUse;
        set => s_isIdempotentInUse = value;
    }

    /// <summary>Whether the application has said that the call may be repeated, or that it may not.</summary>
    internal static bool TrySayIdempotent(HttpRequestMessage request, out bool isIdempotent)
    {
        isIdempotent = false;
        return s_isIdempotentInUse && request.Options.TryGetValue(s_isIdempotent, out isIdempotent);
    }
}
