namespace ClientLb.Discovery;

/// <summary>
/// A service as Microsoft.Extensions.ServiceDiscovery names it: <c>[scheme[+scheme…]://][_endpointName.]service[:port]</c>.
/// </summary>
internal sealed record ServiceReference(string Service, string? EndpointName, IReadOnlyList<string> Schemes)
{
    private static readonly string[] s_defaultSchemes = [Uri.UriSchemeHttp, Uri.UriSchemeHttps];

    /// <summary>What a query asks for. The list that is named after a scheme is, first of all, one of that scheme.</summary>
    public static ServiceReference Of(EndpointQuery query)
    {
        var reference = Parse(query.Service);
        reference = query.EndpointName is null ? reference : reference with { EndpointName = query.EndpointName };
        return reference.EndpointName is { } name && s_defaultSchemes.FirstOrDefault(s => s.Equals(name, StringComparison.OrdinalIgnoreCase)) is { } scheme
            ? reference with { Schemes = [scheme, .. reference.Schemes.Where(other => other != scheme)] }
            : reference;
    }

    public static ServiceReference Parse(string text)
    {
        IReadOnlyList<string> schemes = s_defaultSchemes;
        var end = text.IndexOf("://", StringComparison.Ordinal);
        if (end >= 0)
        {
            schemes = text[..end].Split('+', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
            text = text[(end + 3)..];
        }

        var colon = text.IndexOf(':', StringComparison.Ordinal);
        text = colon < 0 ? text : text[..colon];
        var dot = text.IndexOf('.', StringComparison.Ordinal);
        return text.StartsWith('_') && dot > 1 && !text.EndsWith('.')
            ? new(text[(dot + 1)..], text[1..dot], schemes)
            : new(text, null, schemes);
    }
}
