using System.Net;
using System.Net.Sockets;
using ClientLb.Endpoints;
using ClientLb.ServiceDiscovery.Bridge;
using Microsoft.Extensions.ServiceDiscovery;

namespace ClientLb.ServiceDiscovery.Tests.Bridge;

public class EndpointTranslationTests
{
    [Fact]
    public void Every_kind_of_address_is_read()
    {
        ServiceEndpoint[] given =
        [
            ServiceEndpoint.Create(new IPEndPoint(IPAddress.Parse("10.0.0.1"), 81)),
            ServiceEndpoint.Create(new IPEndPoint(IPAddress.Parse("::ffff:10.0.0.2"), 82)),
            ServiceEndpoint.Create(new IPEndPoint(IPAddress.Parse("2001:db8::1"), 83)),
            ServiceEndpoint.Create(new DnsEndPoint("orders.local", 0)),
            ServiceEndpoint.Create(new UriEndPoint(new Uri("https://orders.local"))),
            ServiceEndpoint.Create(new UriEndPoint(new Uri("https://orders.local:443"))),
            ServiceEndpoint.Create(new IPEndPoint(IPAddress.Any, 84)),
            ServiceEndpoint.Create(new UnixDomainSocketEndPoint("/run/orders")),
        ];

        var (endpoints, note) = EndpointTranslation.Read(given, 8080);

        Assert.Equal(["10.0.0.1:81", "10.0.0.2:82", "[2001:db8::1]:83", "orders.local:8080", "orders.local:443"], endpoints.Select(static e => e.Id));
        Assert.Equal("https", endpoints[4].Metadata["scheme"]);
        Assert.StartsWith("2 endpoints can't be called", note, StringComparison.Ordinal);
        Assert.Contains("UnixDomainSocketEndPoint", note, StringComparison.Ordinal);
    }

    [Fact]
    public void Host_name_is_carried_both_ways()
    {
        var written = EndpointTranslation.Write(
            new("10.0.0.1", 80) { Metadata = EndpointMetadata.From([new("dns.name", "orders.local")]) }, [])!;
        Assert.Equal("orders.local", written.Features.Get<IHostNameFeature>()!.HostName);

        var (endpoints, _) = EndpointTranslation.Read([written], 80);

        Assert.Equal("orders.local", endpoints[0].Metadata["hostname"]);
    }

    [Theory]
    [InlineData("https", "https+http", "https://10.0.0.1:80/")]
    [InlineData("http", "https+http", "http://10.0.0.1:80/")]
    [InlineData(null, "https+http", "http://10.0.0.1:80/")]
    [InlineData(null, "https", "10.0.0.1:80")]
    [InlineData(null, "", "10.0.0.1:80")]
    [InlineData("https", "", "https://10.0.0.1:80/")]
    [InlineData("http", "https", null)]
    public void Scheme_is_that_of_the_endpoint(string? scheme, string asked, string? expected)
    {
        var endpoint = new EndpointDescriptor("10.0.0.1", 80) { Metadata = EndpointMetadata.From(scheme is null ? null : [new("scheme", scheme)]) };

        var written = EndpointTranslation.Write(endpoint, asked.Split('+', StringSplitOptions.RemoveEmptyEntries));

        Assert.Equal(expected, written?.EndPoint switch { null => null, UriEndPoint uri => uri.Uri.OriginalString.TrimEnd('/') + "/", var other => other.ToString() });
    }
}
