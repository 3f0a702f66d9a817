using ClientLb.Http;

namespace ClientLb.Tests.Http;

public sealed class RequestPartsTests
{
    [Fact]
    public void Look_at_a_bare_request_sees_nothing_and_allocates_nothing()
    {
        using var warm = new HttpRequestMessage();
        Assert.False(RequestParts.HasHeaders(warm) || RequestParts.HasOptions(warm));
        using var request = new HttpRequestMessage();

        var before = GC.GetAllocatedBytesForCurrentThread();
        var seen = RequestParts.HasHeaders(request) | RequestParts.HasOptions(request);
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);

        Assert.False(seen);
    }

    [Fact]
    public void Headers_and_options_are_seen()
    {
        using var request = new HttpRequestMessage();

        request.Headers.Add("X-One", "1");
        Assert.Equal((true, false), (RequestParts.HasHeaders(request), RequestParts.HasOptions(request)));

        request.Options.Set(LoadBalancingRequestOptions.HashKey, "key");
        Assert.True(RequestParts.HasOptions(request));
    }
}
