using ClientLb.Consul;
using ClientLb.IntegrationTests.Consul;
using ClientLb.IntegrationTests.Infrastructure;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;

namespace ClientLb.IntegrationTests.EndToEnd;

public class ConsulSecureTests
{
    [ConsulFact]
    public async Task Agent_that_wants_a_client_certificate_is_configured_by_settings_alone()
    {
        var tls = new ConsulTlsTests.TlsAgent();
        await tls.InitializeAsync();
        try
        {
            var certificates = tls.Certificates!;
            using var api = new ConsulApi(tls.Uri!, handler: ConsulHandler.Create(
                new() { CaFile = certificates.Ca, CertificateFile = certificates.Client, KeyFile = certificates.ClientKey }, new()));
            await using var backends = await BackendGroup.StartAsync(1);
            await ConsulStack.RegisterAsync(api, backends[0]);
            await using var app = BalancedApp.Of("orders", services => services
                .AddSingleton<IConfiguration>(new ConfigurationBuilder().AddInMemoryCollection(new Dictionary<string, string?>
                {
                    ["ClientLb:Consul:Addresses:0"] = tls.Uri!.AbsoluteUri,
                    ["ClientLb:Consul:CaFile"] = certificates.Ca,
                    ["ClientLb:Consul:CertificateFile"] = certificates.Client,
                    ["ClientLb:Consul:KeyFile"] = certificates.ClientKey,
                }).Build())
                .AddClientLb().AddConsul());

            Assert.Equal(backends[0].Authority, await app.Client.GetStringAsync("/"));
        }
        finally
        {
            await tls.DisposeAsync();
        }
    }
}
