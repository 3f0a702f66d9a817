namespace ClientLb.IntegrationTests.Infrastructure;

/// <summary>An authority, a server certificate for one address and a client certificate, made by <c>consul tls</c>.</summary>
internal sealed class ConsulCertificatesFixture : IDisposable
{
    private readonly TemporaryDirectory _directory = new();

    public string Ca => _directory.File("consul-agent-ca.pem");

    public string Server => _directory.File("dc1-server-consul-0.pem");

    public string ServerKey => _directory.File("dc1-server-consul-0-key.pem");

    public string Client => _directory.File("dc1-client-consul-0.pem");

    public string ClientKey => _directory.File("dc1-client-consul-0-key.pem");

    public static async Task<ConsulCertificatesFixture> CreateAsync(string? address)
    {
        var certificates = new ConsulCertificatesFixture();
        await ConsulProgram.RunAsync(certificates._directory.Path, "tls", "ca", "create");
        string[] more = address is null ? [] : [$"-additional-ipaddress={address}"];
        await ConsulProgram.RunAsync(certificates._directory.Path, ["tls", "cert", "create", "-server", "-dc", "dc1", .. more]);
        await ConsulProgram.RunAsync(certificates._directory.Path, "tls", "cert", "create", "-client", "-dc", "dc1");
        return certificates;
    }

    public void Dispose() => _directory.Dispose();
}
