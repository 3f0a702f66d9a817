using System.Net;
using ClientLb.Consul;
using ClientLb.Discovery;
using ClientLb.IntegrationTests.Infrastructure;

namespace ClientLb.IntegrationTests.Consul;

public class ConsulTlsTests(ConsulTlsTests.TlsAgent tls) : IClassFixture<ConsulTlsTests.TlsAgent>
{
    [ConsulFact]
    public async Task Client_certificate_opens_the_agent()
    {
        await using var source = new WatchedSource(tls.Uri!, WithCertificate);
        await source.Watch("consul").SeesAsync(static u => u.Endpoints.Count == 1);
    }

    [ConsulFact]
    public async Task Many_watches_over_tls_work_side_by_side()
    {
        await using var source = new WatchedSource(tls.Uri!, WithCertificate);
        var readers = Enumerable.Range(0, 50).Select(i => source.Watch("none-" + i)).Append(source.Watch("consul")).ToList();
        foreach (var reader in readers)
        {
            await reader.SeesAsync(static u => u.Error is null);
        }

        Assert.Equal(HttpVersion.Version20, source.Version);
        Assert.InRange(source.Connections, 1, 10);
    }

    [ConsulFact]
    public async Task Server_name_is_checked_in_place_of_the_host()
    {
        await using var right = new WatchedSource(tls.Uri!, o =>
        {
            WithCertificate(o);
            o.TlsServerName = "server.dc1.consul";
        });
        await using var wrong = new WatchedSource(tls.Uri!, o =>
        {
            WithCertificate(o);
            o.TlsServerName = "server.dc2.consul";
        });
        await right.Watch("consul").SeesAsync(static u => u.Endpoints.Count == 1);
        var (update, _) = await wrong.Watch("consul").SeesAsync(static u => u.Error is not null);

        AssertInsecure(update, "TlsServerName");
    }

    [ConsulFact]
    public async Task Missing_client_certificate_is_named()
    {
        await using var source = new WatchedSource(tls.Uri!, o => o.CaFile = tls.Certificates!.Ca);
        var (update, _) = await source.Watch("consul").SeesAsync(static u => u.Error is not null);

        // Depending on who is faster it shows as a broken TLS stream or as a connection that was closed.
        Assert.Contains("CertificateFile", Assert.IsType<DiscoveryException>(update.Error).Message, StringComparison.Ordinal);
    }

    [ConsulFact]
    public async Task Authority_that_is_not_trusted_is_named()
    {
        await using var source = new WatchedSource(tls.Uri!);
        var (update, _) = await source.Watch("consul").SeesAsync(static u => u.Error is not null);

        AssertInsecure(update, "CaFile");
    }

    [ConsulFact]
    public async Task Plain_address_of_a_secure_port_is_named()
    {
        await using var source = new WatchedSource(new UriBuilder(tls.Uri!) { Scheme = "http" }.Uri, WithCertificate);
        var (update, _) = await source.Watch("consul").SeesAsync(static u => u.Error is not null);

        AssertInsecure(update, "https://");
    }

    private static void AssertInsecure(EndpointUpdate update, string advice)
    {
        Assert.Equal(DiscoveryErrorKind.Insecure, Assert.IsType<DiscoveryException>(update.Error).Kind);
        Assert.Contains(advice, update.Error!.Message, StringComparison.Ordinal);
    }

    private void WithCertificate(ConsulOptions options)
    {
        options.CaFile = tls.Certificates!.Ca;
        options.CertificateFile = tls.Certificates.Client;
        options.KeyFile = tls.Certificates.ClientKey;
    }

    public sealed class TlsAgent : IAsyncLifetime
    {
        private ConsulAgent? _agent;

        internal ConsulCertificatesFixture? Certificates { get; private set; }

        internal Uri? Uri { get; private set; }

        public async Task InitializeAsync()
        {
            if (!ConsulProgram.IsExpected)
            {
                return;
            }

            var address = LoopbackAddress.Next();
            Certificates = await ConsulCertificatesFixture.CreateAsync(address);
            var hcl = $$"""
                ports { https = 8501 http = -1 }
                verify_incoming = true
                verify_outgoing = true
                verify_server_hostname = true
                ca_file = "{{Certificates.Ca}}"
                cert_file = "{{Certificates.Server}}"
                key_file = "{{Certificates.ServerKey}}"
                """;
            _agent = await ConsulAgent.StartAsync(["-server", "-bootstrap-expect=1", "-hcl", hcl], waitForLeader: false, address);
            Uri = new Uri($"https://{address}:8501/");
            using var api = new ConsulApi(Uri, handler: ConsulHandler.Create(
                new() { CaFile = Certificates.Ca, CertificateFile = Certificates.Client, KeyFile = Certificates.ClientKey }, new()));
            await Eventually.IsTrueAsync(
                async () => (await api.InstancesAsync("consul")).Count > 0, TimeSpan.FromSeconds(20), "the secure agent lists itself");
        }

        public async Task DisposeAsync()
        {
            await (_agent?.DisposeAsync() ?? ValueTask.CompletedTask);
            Certificates?.Dispose();
        }
    }
}
