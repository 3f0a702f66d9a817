using ClientLb.Discovery;

namespace ClientLb.Tests.Discovery;

public class EndpointAddressTests
{
    [Theory]
    [InlineData("orders", "orders", null, null)]
    [InlineData("orders:8080", "orders", 8080, null)]
    [InlineData(" 10.0.0.1:65535 ", "10.0.0.1", 65535, null)]
    [InlineData("my_service.local:1", "my_service.local", 1, null)]
    [InlineData("::1", "::1", null, null)]
    [InlineData("[::1]", "::1", null, null)]
    [InlineData("[2001:db8::1]:80", "2001:db8::1", 80, null)]
    [InlineData("http://orders", "orders", 80, "http")]
    [InlineData("https://orders/", "orders", 443, "https")]
    [InlineData("HTTPS://orders:8443", "orders", 8443, "https")]
    [InlineData("http://[::1]:5000", "::1", 5000, "http")]
    public void Address_is_read(string text, string host, int? port, string? scheme)
    {
        Assert.True(EndpointAddress.TryParse(text, out var address));
        Assert.Equal(new EndpointAddress(host, port, scheme), address);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData(" ")]
    [InlineData(":80")]
    [InlineData("orders:")]
    [InlineData("orders:0")]
    [InlineData("orders:65536")]
    [InlineData("orders:+80")]
    [InlineData("orders:8o")]
    [InlineData("not a host!:80")]
    [InlineData("[::1:80")]
    [InlineData("[orders]:80")]
    [InlineData("[::1]80")]
    [InlineData("10.0.0.300:80")]
    [InlineData("127.1:80")]
    [InlineData("0.0.0.0:80")]
    [InlineData("[::]:80")]
    [InlineData("ftp://orders")]
    [InlineData("http://orders/path")]
    [InlineData("http://orders?x=1")]
    [InlineData("http://user:secret@orders")]
    [InlineData("http://orders:0")]
    [InlineData("http://")]
    public void What_is_no_address_is_refused(string? text) => Assert.False(EndpointAddress.TryParse(text, out _));
}
