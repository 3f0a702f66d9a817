namespace ClientLb.IntegrationTests.Infrastructure;

internal sealed class RequestCounter(HttpMessageHandler inner) : DelegatingHandler(inner)
{
    private int _count;

    public int Count => Volatile.Read(ref _count);

    /// <summary>The protocol of the last answer.</summary>
    public Version? Version { get; private set; }

    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        if (request.RequestUri!.AbsolutePath.StartsWith("/v1/health/", StringComparison.Ordinal))
        {
            Interlocked.Increment(ref _count);
        }

        var response = await base.SendAsync(request, cancellationToken);
        Version = response.Version;
        return response;
    }
}
