using ClientLb.Consul;
using ClientLb.IntegrationTests.Infrastructure;

namespace ClientLb.IntegrationTests.Consul;

public class ConsulRotationTests
{
    [ConsulFact]
    public async Task Authority_and_certificates_are_rotated_under_a_watch_that_goes_on()
    {
        var address = LoopbackAddress.Next();
        using var folder = new TemporaryDirectory();
        using var first = await ConsulCertificatesFixture.CreateAsync(address);
        using var second = await ConsulCertificatesFixture.CreateAsync(address);
        Install(first, folder);
        var options = Options(folder);
        var hcl = $$"""
            ports { https = 8501 http = -1 }
            verify_incoming = true
            verify_outgoing = true
            ca_file = "{{folder.File("ca.pem")}}"
            cert_file = "{{folder.File("server.pem")}}"
            key_file = "{{folder.File("server-key.pem")}}"
            """;
        await using var agent = await ConsulAgent.StartAsync(["-server", "-bootstrap-expect=1", "-hcl", hcl], waitForLeader: false, address);
        var uri = new Uri($"https://{address}:8501/");
        using var log = new LogBook();
        await using var source = new WatchedSource(
            uri,
            o =>
            {
                (o.CaFile, o.CertificateFile, o.KeyFile) = (options.CaFile, options.CertificateFile, options.KeyFile);
                o.PulseInterval = TimeSpan.FromSeconds(1);
            },
            logger: log);
        var reader = source.Watch("web");
        await reader.SeesAsync(static u => u.Error is null, 20);

        // Only half of the new files is there: what works goes on working.
        File.Copy(second.ClientKey, folder.File("client-key.pem"), overwrite: true);
        await Eventually.IsTrueAsync(() => Task.FromResult(Has(log, "2111")), TimeSpan.FromSeconds(40), "the wrong key is told");
        using (var old = new ConsulApi(uri, handler: ConsulHandler.Create(Options(first), new())))
        {
            await old.RegisterAsync("web", "web-1", "10.0.0.1", 1);
        }

        await reader.SeesPortsAsync(20, 1);
        Assert.DoesNotContain(reader.Updates.SkipWhile(static u => u.Error is not null), static u => u.Error is not null);

        Install(second, folder);
        await Eventually.IsTrueAsync(() => Task.FromResult(Has(log, "2110")), TimeSpan.FromSeconds(40), "the new certificates are taken over");
        await agent.KillAsync();
        await agent.RelaunchAsync();
        using var api = new ConsulApi(uri, handler: ConsulHandler.Create(Options(second), new()));
        await Eventually.IsTrueAsync(
            async () =>
            {
                await api.RegisterAsync("web", "web-2", "10.0.0.1", 2);
                return true;
            },
            TimeSpan.FromSeconds(40), "the agent works with its new certificate");
        await reader.SeesAsync(static u => u.Endpoints.Any(static e => e.Port == 2), 40);
    }

    private static bool Has(LogBook log, string id) => log.Lines.Any(l => l.Contains($" {id} ", StringComparison.Ordinal));

    private static ConsulOptions Options(TemporaryDirectory folder) =>
        new() { CaFile = folder.File("ca.pem"), CertificateFile = folder.File("client.pem"), KeyFile = folder.File("client-key.pem") };

    private static ConsulOptions Options(ConsulCertificatesFixture certificates) =>
        new() { CaFile = certificates.Ca, CertificateFile = certificates.Client, KeyFile = certificates.ClientKey };

    private static void Install(ConsulCertificatesFixture certificates, TemporaryDirectory folder)
    {
        File.Copy(certificates.Ca, folder.File("ca.pem"), overwrite: true);
        File.Copy(certificates.Server, folder.File("server.pem"), overwrite: true);
        File.Copy(certificates.ServerKey, folder.File("server-key.pem"), overwrite: true);
        File.Copy(certificates.Client, folder.File("client.pem"), overwrite: true);
        File.Copy(certificates.ClientKey, folder.File("client-key.pem"), overwrite: true);
    }
}
