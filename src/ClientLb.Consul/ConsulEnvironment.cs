namespace ClientLb.Consul;

/// <summary>Fills what nobody has set from the variables of the consul CLI.</summary>
internal static class ConsulEnvironment
{
    public static void Apply(ConsulOptions options, Func<string, string?> variable)
    {
        if (options.Addresses.Count == 0)
        {
            options.Addresses.Add(Address(Read("CONSUL_HTTP_ADDR") ?? ConsulAddress.Default, Read("CONSUL_HTTP_SSL")));
        }

        if (options.Token is null && options.TokenFile is null)
        {
            options.Token = Read("CONSUL_HTTP_TOKEN");
            options.TokenFile = Read("CONSUL_HTTP_TOKEN_FILE");
        }

        options.Namespace ??= Read("CONSUL_NAMESPACE");
        options.Partition ??= Read("CONSUL_PARTITION");
        options.CaFile ??= Read("CONSUL_CACERT");
        options.TlsServerName ??= Read("CONSUL_TLS_SERVER_NAME");
        if (options.CertificateFile is null && options.KeyFile is null)
        {
            options.CertificateFile = Read("CONSUL_CLIENT_CERT");
            options.KeyFile = options.CertificateFile is null ? null : Read("CONSUL_CLIENT_KEY");
        }

        string? Read(string name) => variable(name) is { } value && !string.IsNullOrWhiteSpace(value) ? value.Trim() : null;
    }

    // As in the CLI: TLS that was asked for is never taken back by an http:// in the address.
    private static string Address(string address, string? ssl)
    {
        if (ssl is not ("1" or "t" or "T" or "true" or "TRUE" or "True"))
        {
            return address;
        }

        return ConsulAddress.TryParse(address, out var uri)
            ? new UriBuilder(uri) { Scheme = Uri.UriSchemeHttps, Port = uri.Port }.Uri.AbsoluteUri
            : address;
    }
}
