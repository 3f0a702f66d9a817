using System.Net;
using ClientLb.Discovery;
using ClientLb.Endpoints;
using Microsoft.Extensions.ServiceDiscovery;

namespace ClientLb.ServiceDiscovery.Bridge;

/// <summary>What one side calls an endpoint in the words of the other.</summary>
internal static class EndpointTranslation
{
    /// <summary>The metadata with what <see cref="IHostNameFeature"/> says.</summary>
    public const string HostNameKey = "hostname";

    private const string SchemeKey = "scheme";

    // Where ClientLb has looked a name up, it is kept here.
    private const string DnsNameKey = "dns.name";

    /// <summary>The descriptors of those that can be called, each address once, and a note of the others.</summary>
    /// <param name="endpoints">What the providers gave.</param>
    /// <param name="defaultPort">The port of those that have none.</param>
    public static (List<EndpointDescriptor> Endpoints, string? Note) Read(IEnumerable<ServiceEndpoint> endpoints, int defaultPort)
    {
        var read = new List<EndpointDescriptor>();
        var known = new HashSet<string>(StringComparer.OrdinalIgnoreCase);
        var left = new List<string>();
        foreach (var endpoint in endpoints)
        {
            var (host, port, scheme) = Address(endpoint.EndPoint);
            if (!EndpointAddress.IsHost(host) || port is < 0 or > 65535)
            {
                left.Add($"{endpoint.EndPoint} ({endpoint.EndPoint.GetType().Name})");
                continue;
            }

            var descriptor = new EndpointDescriptor(host!, port == 0 ? defaultPort : port)
            {
                Metadata = EndpointMetadata.From(Metadata(scheme, endpoint.Features.Get<IHostNameFeature>()?.HostName)),
            };
            if (known.Add(descriptor.Id))
            {
                read.Add(descriptor);
            }
        }

        return (read, left.Count == 0 ? null : $"{left.Count} endpoints can't be called and are left out: {string.Join(", ", left.Take(5))}.");
    }

    /// <summary>An endpoint as it is told to Microsoft.Extensions.ServiceDiscovery; <see langword="null"/> where it speaks none of the schemes that were asked for.</summary>
    /// <param name="endpoint">The endpoint.</param>
    /// <param name="schemes">The schemes; none means any.</param>
    public static ServiceEndpoint? Write(EndpointDescriptor endpoint, IReadOnlyList<string> schemes)
    {
        var scheme = endpoint.Metadata.TryGetValue(SchemeKey, out var said) ? said : null;
        if (scheme is not null && schemes.Count > 0 && !schemes.Contains(scheme, StringComparer.OrdinalIgnoreCase))
        {
            return null;
        }

        // Of several schemes the reader takes the first one for whatever does not say its own.
        scheme ??= schemes.Count > 1 ? EndpointScheme.Of(endpoint, schemes) : null;
        var written = ServiceEndpoint.Create(
            scheme is not null ? new UriEndPoint(new Uri($"{scheme}://{EndpointDescriptor.Authority(endpoint.Host, endpoint.Port)}"))
            : IPAddress.TryParse(endpoint.Host, out var address) ? new IPEndPoint(address, endpoint.Port)
            : new DnsEndPoint(endpoint.Host, endpoint.Port));
        if (endpoint.Metadata.TryGetValue(HostNameKey, out var name) || endpoint.Metadata.TryGetValue(DnsNameKey, out name))
        {
            written.Features.Set<IHostNameFeature>(new HostName(name));
        }

        return written;
    }

    private static (string? Host, int Port, string? Scheme) Address(EndPoint endPoint) => endPoint switch
    {
        UriEndPoint { Uri: { IsAbsoluteUri: true } uri } => (uri.IdnHost, Math.Max(0, uri.Port), uri.Scheme),
        DnsEndPoint dns => (dns.Host, dns.Port, null),
        IPEndPoint { Address.IsIPv4MappedToIPv6: true } ip => (ip.Address.MapToIPv4().ToString(), ip.Port, null),
        IPEndPoint ip => (ip.Address.ToString(), ip.Port, null),
        _ => (null, 0, null),
    };

    private static IEnumerable<KeyValuePair<string, string>> Metadata(string? scheme, string? hostName)
    {
        if (scheme is not null)
        {
            yield return new(SchemeKey, scheme);
        }

        if (!string.IsNullOrEmpty(hostName))
        {
            yield return new(HostNameKey, hostName);
        }
    }

    private sealed record HostName(string Name) : IHostNameFeature
    {
        string IHostNameFeature.HostName => Name;

        public override string ToString() => Name;
    }
}
