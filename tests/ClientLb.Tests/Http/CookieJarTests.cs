using System.Net;
using ClientLb.Http;

namespace ClientLb.Tests.Http;

public sealed class CookieJarTests
{
    private static readonly Uri Orders = new("http://orders/a");

    private readonly CookieJar _jar = new();

    [Fact]
    public void No_cookies_cost_nothing()
    {
        using var request = Request();
        using var response = new HttpResponseMessage();
        response.Headers.TryAddWithoutValidation("X-Other", "1");
        _jar.Store(Orders, response);
        _jar.AddTo(request, out _);

        var before = GC.GetAllocatedBytesForCurrentThread();
        var added = _jar.AddTo(request, out var own);
        _jar.Store(Orders, response);
        var allocated = GC.GetAllocatedBytesForCurrentThread() - before;

        Assert.False(added);
        Assert.Null(own);
        Assert.Equal(0, allocated);
    }

    [Fact]
    public void Cookies_that_were_set_come_back_behind_the_users_own()
    {
        Set("id=1; Path=/", "lang=de");
        using var request = Request();
        request.Headers.TryAddWithoutValidation("Cookie", "mine=2");

        Assert.True(_jar.AddTo(request, out var own));

        Assert.Equal("mine=2", own);
        Assert.Equal("mine=2; id=1; lang=de", request.Headers.NonValidated["Cookie"].ToString());
        CookieJar.Restore(request, own);
        Assert.Equal("mine=2", request.Headers.NonValidated["Cookie"].ToString());
    }

    [Fact]
    public void Request_without_cookies_of_its_own_has_none_afterwards()
    {
        Set("id=1");
        using var request = Request();

        Assert.True(_jar.AddTo(request, out var own));
        Assert.Equal("id=1", request.Headers.NonValidated["Cookie"].ToString());
        CookieJar.Restore(request, own);

        Assert.False(request.Headers.Contains("Cookie"));
    }

    [Fact]
    public void Cookies_of_another_host_stay_away()
    {
        Set("id=1");
        using var request = new HttpRequestMessage(HttpMethod.Get, "http://stock/a");

        Assert.False(_jar.AddTo(request, out _));
        Assert.False(request.Headers.Contains("Cookie"));
    }

    [Fact]
    public void Cookie_that_can_not_be_understood_is_none()
    {
        Set("id=1; Domain=elsewhere.example", "=;=", "good=1");
        using var request = Request();

        Assert.True(_jar.AddTo(request, out _));
        Assert.Equal("good=1", request.Headers.NonValidated["Cookie"].ToString());
    }

    private static HttpRequestMessage Request() => new(HttpMethod.Get, Orders);

    private void Set(params string[] cookies)
    {
        using var response = new HttpResponseMessage();
        response.Headers.TryAddWithoutValidation("Set-Cookie", cookies);
        _jar.Store(Orders, response);
    }
}
