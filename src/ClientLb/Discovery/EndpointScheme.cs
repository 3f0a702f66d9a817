using ClientLb.Endpoints;

namespace ClientLb.Discovery;

/// <summary>Which of several schemes an endpoint speaks.</summary>
internal static class EndpointScheme
{
    /// <summary>
    /// What its metadata says: <c>scheme</c>, or <c>secure</c> as Steeltoe and Spring write it. Where it says nothing: https at port 443, otherwise http. To take the first
    /// scheme for granted sends TLS to plain ports.
    /// </summary>
    public static string Of(EndpointDescriptor endpoint, IReadOnlyList<string> schemes)
    {
        var metadata = endpoint.Metadata;
        var said = metadata.TryGetValue("scheme", out var scheme) ? scheme
            : metadata.TryGetValue("secure", out var secure) ? secure.Equals("true", StringComparison.OrdinalIgnoreCase) ? Uri.UriSchemeHttps : Uri.UriSchemeHttp
            : endpoint.Port == 443 ? Uri.UriSchemeHttps
            : Uri.UriSchemeHttp;
        return Known(said, schemes) ?? Known(Uri.UriSchemeHttp, schemes) ?? schemes[^1];
    }

    private static string? Known(string scheme, IReadOnlyList<string> schemes)
    {
        foreach (var known in schemes)
        {
            if (known.Equals(scheme, StringComparison.OrdinalIgnoreCase))
            {
                return known;
            }
        }

        return null;
    }
}
