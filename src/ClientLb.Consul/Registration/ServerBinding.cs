using System.Globalization;
using System.Net;

namespace ClientLb.Consul.Registration;

/// <summary>Where the server listens.</summary>
/// <param name="Scheme"><c>http</c> or <c>https</c>.</param>
/// <param name="Host">An IP address without brackets, or <see langword="null"/> for all addresses of the machine.</param>
/// <param name="Port">The port.</param>
internal sealed record ServerBinding(string Scheme, string? Host, int Port)
{
    public bool IsLoopback => Host is not null && IPAddress.TryParse(Host, out var address) && IPAddress.IsLoopback(address);

    /// <summary>
    /// Reads an address as the server says it: <c>http://[::]:5000</c>, <c>http://*:80</c>, <c>http://localhost:5000</c>. Sockets and pipes of
    /// the file system are none.
    /// </summary>
    public static ServerBinding? Parse(string text)
    {
        var start = text.IndexOf("://", StringComparison.Ordinal);
        if (start < 0)
        {
            return null;
        }

        var scheme = text[..start].ToLowerInvariant();
        var authority = text[(start + 3)..].Split('/')[0];
        var colon = authority.LastIndexOf(':');
        if (scheme is not ("http" or "https") || colon <= 0
            || !int.TryParse(authority.AsSpan(colon + 1), NumberStyles.None, CultureInfo.InvariantCulture, out var port) || port is < 1 or > 65535)
        {
            return null;
        }

        return new(scheme, HostOf(authority[..colon].Trim('[', ']')), port);
    }

    /// <summary>The one to register: of the wanted scheme, else http before https, and loopback addresses last.</summary>
    public static ServerBinding? Choose(IEnumerable<string> addresses, string? scheme) => addresses
        .Select(Parse).OfType<ServerBinding>()
        .Where(binding => scheme is null || binding.Scheme == scheme)
        .OrderBy(static binding => binding.Scheme == Uri.UriSchemeHttp ? 0 : 1)
        .ThenBy(static binding => binding.IsLoopback ? 1 : 0)
        .FirstOrDefault();

    // Kestrel listens on all addresses for every name that is neither an address nor localhost.
    private static string? HostOf(string host) => host.Equals("localhost", StringComparison.OrdinalIgnoreCase)
        ? "127.0.0.1"
        : IPAddress.TryParse(host, out var address) && !address.Equals(IPAddress.Any) && !address.Equals(IPAddress.IPv6Any)
            ? host
            : null;
}
