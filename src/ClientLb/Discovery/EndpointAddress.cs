using System.Globalization;
using System.Net;

namespace ClientLb.Discovery;

/// <summary>
/// An address as people write it: <c>host</c>, <c>host:port</c>, <c>[2001:db8::1]:port</c>, <c>http://host[:port]</c> or
/// <c>https://host[:port]</c>.
/// </summary>
/// <param name="Host">A host name or an IP address, without brackets; a name with other letters than ASCII in its punycode form.</param>
/// <param name="Port">The port; that of the scheme (80, 443) where only a scheme was given; <see langword="null"/> for none.</param>
/// <param name="Scheme"><c>http</c> or <c>https</c>; <see langword="null"/> for none.</param>
public readonly record struct EndpointAddress(string Host, int? Port, string? Scheme)
{
    /// <summary>What <see cref="TryParse"/> takes, as an end of the sentence "allowed is …".</summary>
    internal const string Allowed = "host:port, http://host:port or https://host:port, with a port from 1 to 65535";

    /// <summary>Reads an address. A path, a query or a user name in it is refused: a balancer would have to drop it.</summary>
    /// <param name="text">The text.</param>
    /// <param name="address">The address.</param>
    /// <returns>False where it is none.</returns>
    public static bool TryParse(string? text, out EndpointAddress address)
    {
        address = default;
        text = text?.Trim();
        if (string.IsNullOrEmpty(text))
        {
            return false;
        }

        if (text.Contains("://", StringComparison.Ordinal))
        {
            return TryParseUri(text, out address);
        }

        var (host, port) = Split(text);
        var number = 0;
        if (!IsHost(host) || (port is not null && !TryParsePort(port, out number)))
        {
            return false;
        }

        address = new(host, port is null ? null : number, null);
        return true;
    }

    /// <summary>
    /// Whether something could be reached under it: a DNS name or an IP address. The unspecified addresses (<c>0.0.0.0</c>,
    /// <c>::</c>) and what only looks like an IPv4 address (<c>10.0.0.300</c>) are refused.
    /// </summary>
    /// <param name="host">The host, without brackets.</param>
    /// <returns>True where it may be one.</returns>
    public static bool IsHost(string? host)
    {
        if (string.IsNullOrEmpty(host) || host.Length > 253)
        {
            return false;
        }

        // A last label of digits only makes it an IPv4 address or nothing (WHATWG URL, "ends in a number").
        var looksLikeIPv4 = !host.AsSpan(host.LastIndexOf('.') + 1).ContainsAnyExceptInRange('0', '9');
        if (looksLikeIPv4 || host.Contains(':', StringComparison.Ordinal))
        {
            return IPAddress.TryParse(host, out var address)
                && (!looksLikeIPv4 || host.AsSpan().Count('.') == 3)
                && !address.Equals(IPAddress.Any) && !address.Equals(IPAddress.IPv6Any);
        }

        return Uri.CheckHostName(host) == UriHostNameType.Dns;
    }

    private static bool TryParseUri(string text, out EndpointAddress address)
    {
        address = default;
        if (!Uri.TryCreate(text, UriKind.Absolute, out var uri)
            || (uri.Scheme != Uri.UriSchemeHttp && uri.Scheme != Uri.UriSchemeHttps)
            || uri.PathAndQuery != "/" || uri.UserInfo.Length > 0 || uri.Fragment.Length > 0
            || uri.Port is < 1 or > 65535 || !IsHost(uri.IdnHost))
        {
            return false;
        }

        address = new(uri.IdnHost, uri.Port, uri.Scheme);
        return true;
    }

    private static (string Host, string? Port) Split(string text)
    {
        if (text[0] != '[')
        {
            // More colons than one without brackets: an IPv6 address without a port.
            var colon = text.IndexOf(':', StringComparison.Ordinal);
            return colon >= 0 && colon == text.LastIndexOf(':') ? (text[..colon], text[(colon + 1)..]) : (text, null);
        }

        var close = text.IndexOf(']', StringComparison.Ordinal);
        var host = close < 0 ? "" : text[1..close];
        if (!host.Contains(':', StringComparison.Ordinal))
        {
            return ("", null);
        }

        var rest = text[(close + 1)..];
        return rest.Length == 0 ? (host, null) : rest[0] == ':' ? (host, rest[1..]) : ("", null);
    }

    private static bool TryParsePort(ReadOnlySpan<char> text, out int port) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out port) && port is >= 1 and <= 65535;
}
