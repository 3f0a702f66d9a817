using ClientLb.Discovery;

namespace ClientLb.Consul;

/// <summary>The address of an agent.</summary>
internal static class ConsulAddress
{
    public const string Default = "http://127.0.0.1:8500";

    public const string Allowed = "host[:port], http://host[:port] or https://host[:port], with a path where a proxy wants one";

    private const int DefaultPort = 8500;

    public static bool TryParse(string text, out Uri address)
    {
        address = null!;
        if (!text.Contains("://", StringComparison.Ordinal))
        {
            if (!EndpointAddress.TryParse(text, out var parsed))
            {
                return false;
            }

            address = new UriBuilder(Uri.UriSchemeHttp, parsed.Host, parsed.Port ?? DefaultPort).Uri;
            return true;
        }

        if (!Uri.TryCreate(text.Trim(), UriKind.Absolute, out var uri)
            || (uri.Scheme != Uri.UriSchemeHttp && uri.Scheme != Uri.UriSchemeHttps)
            || uri.UserInfo.Length > 0 || uri.Query.Length > 0 || uri.Fragment.Length > 0 || uri.Port == 0
            || !EndpointAddress.IsHost(uri.IdnHost))
        {
            return false;
        }

        address = uri.AbsolutePath.EndsWith('/') ? uri : new Uri(uri.AbsoluteUri + "/");
        return true;
    }
}
