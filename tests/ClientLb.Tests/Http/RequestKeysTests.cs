using ClientLb.Affinity;
using ClientLb.Endpoints;
using ClientLb.Http;

namespace ClientLb.Tests.Http;

public sealed class RequestKeysTests
{
    private static readonly HashKeyOptions s_header = new() { From = HashKeySource.Header, Name = "X-User" };
    private static readonly HashKeyOptions s_cookie = new() { From = HashKeySource.Cookie, Name = "session" };
    private static readonly HashKeyOptions s_query = new() { From = HashKeySource.QueryParameter, Name = "id" };

    [Fact]
    public void Header_is_the_key_whatever_the_case_of_its_name()
    {
        Assert.Equal(CallKey.Of(StableHash.Of("ann")), Of(s_header, ("x-user", "ann")));
        Assert.Equal(default, Of(s_header, ("X-Users", "ann")));
        Assert.Equal(default, Of(s_header, ("X-User", "")));
    }

    [Fact]
    public void All_values_of_a_header_count_in_their_order()
    {
        var both = Of(s_header, ("X-User", "ann"), ("X-User", "bob"));

        Assert.True(both.Exists);
        Assert.NotEqual(Of(s_header, ("X-User", "ann")), both);
        Assert.NotEqual(Of(s_header, ("X-User", "bob"), ("X-User", "ann")), both);
    }

    [Theory]
    [InlineData("session=s1", true)]
    [InlineData("a=b; session=s1; c=d", true)]
    [InlineData("a=b;session = s1;c=d", true)]
    [InlineData("session=\"s1\"", true)]
    [InlineData("mysession=s1; Session=s1; session", false)]
    [InlineData("session=", false)]
    [InlineData("", false)]
    public void Cookie_is_found_by_its_name(string header, bool found) =>
        Assert.Equal(found ? CallKey.Of(StableHash.Of("s1")) : default, Of(s_cookie, ("Cookie", header)));

    [Theory]
    [InlineData("http://orders/a?id=7", "7")]
    [InlineData("http://orders/a?x=1&id=7&id=8", "7")]
    [InlineData("http://orders/a?ids=7&ID=7&id", null)]
    [InlineData("http://orders/a?id=", null)]
    [InlineData("http://orders/id=7", null)]
    [InlineData("http://orders/a?id=a%20b#id=9", "a%20b")]
    public void Query_parameter_is_found_by_its_name(string uri, string? expected) =>
        Assert.Equal(expected is null ? default : CallKey.Of(StableHash.Of(expected)), RequestKeys.Of(new HttpRequestMessage(HttpMethod.Get, uri), s_query));

    [Theory]
    [InlineData(HashKeySource.Path, "/a/b")]
    [InlineData(HashKeySource.PathAndQuery, "/a/b?c=d")]
    public void Path_is_the_key(HashKeySource from, string expected)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, "http://orders/a/b?c=d#e");
        Assert.Equal(CallKey.Of(StableHash.Of(expected)), RequestKeys.Of(request, new HashKeyOptions { From = from }));
    }

    [Theory]
    [InlineData(1, "192.0.2.3")]
    [InlineData(2, "192.0.2.2")]
    [InlineData(3, "192.0.2.1")]
    [InlineData(4, null)]
    public void Forwarded_address_is_counted_from_the_right_over_all_lines(int hops, string? expected)
    {
        var options = new HashKeyOptions { From = HashKeySource.ClientAddress, TrustedHops = hops };

        Assert.Equal(Address(expected), Of(options, ("X-Forwarded-For", "192.0.2.1, 192.0.2.2"), ("X-Forwarded-For", "192.0.2.3")));
    }

    [Fact]
    public void Forwarded_address_is_not_believed_without_trusted_hops()
    {
        using var request = Request(("X-Forwarded-For", "192.0.2.1"));
        var options = new HashKeyOptions { From = HashKeySource.ClientAddress };

        Assert.Equal(default, RequestKeys.Of(request, options));
        request.Options.Set(LoadBalancingRequestOptions.HashKey, "192.0.2.9");
        Assert.Equal(Address("192.0.2.9"), RequestKeys.Of(request, options));
    }

    [Fact]
    public void Request_option_is_the_key()
    {
        using var request = Request();
        var options = new HashKeyOptions { From = HashKeySource.RequestOption };

        Assert.Equal(default, RequestKeys.Of(request, options));
        request.Options.Set(LoadBalancingRequestOptions.HashKey, "tenant-5");
        Assert.Equal(CallKey.Of(StableHash.Of("tenant-5")), RequestKeys.Of(request, options));
    }

    [Fact]
    public void Reading_a_key_allocates_nothing()
    {
        using var request = Request(("X-User", "ann"), ("Cookie", "a=b; session=s1"), ("X-Forwarded-For", "192.0.2.1, 2001:db8::1"));
        request.Headers.TryAddWithoutValidation("X-Long", new string('é', 5_000));
        request.Options.Set(LoadBalancingRequestOptions.HashKey, "tenant-5");
        HashKeyOptions[] all =
        [
            s_header, s_cookie, s_query, new() { From = HashKeySource.Header, Name = "X-Long" },
            .. Enum.GetValues<HashKeySource>().Except([HashKeySource.Header, HashKeySource.Cookie, HashKeySource.QueryParameter])
                .Select(from => new HashKeyOptions { From = from, TrustedHops = 1 }),
        ];
        foreach (var options in all)
        {
            for (var i = 0; i < 100; i++)
            {
                Assert.Equal(options.From != HashKeySource.None, RequestKeys.Of(request, options).Exists);
            }

            var before = GC.GetAllocatedBytesForCurrentThread();
            for (var i = 0; i < 100; i++)
            {
                RequestKeys.Of(request, options);
            }

            var bytes = GC.GetAllocatedBytesForCurrentThread() - before;
            Assert.True(bytes == 0, $"{options.From} {options.Name}: {bytes} B");
        }
    }

    private static CallKey Of(HashKeyOptions options, params (string Name, string Value)[] headers)
    {
        using var request = Request(headers);
        return RequestKeys.Of(request, options);
    }

    private static CallKey Address(string? text) => text is null ? default : ClientAddress.KeyOf(text, new HashKeyOptions());

    private static HttpRequestMessage Request(params (string Name, string Value)[] headers)
    {
        var request = new HttpRequestMessage(HttpMethod.Get, "http://orders/a?id=7");
        foreach (var (name, value) in headers)
        {
            request.Headers.TryAddWithoutValidation(name, value);
        }

        return request;
    }
}
