namespace ClientLb.Http;

/// <summary>What an application may say of a single request, by <see cref="HttpRequestMessage.Options"/>.</summary>
public static class LoadBalancingRequestOptions
{
    /// <summary>
    /// The key of the call, for a cluster whose <c>HashKey:From</c> is <c>RequestOption</c>: calls with equal texts go to the same endpoint. With
    /// <c>ClientAddress</c> it is an IP address. It is not sent.
    /// </summary>
    public static readonly HttpRequestOptionsKey<string> HashKey = new("ClientLb.HashKey");
}
