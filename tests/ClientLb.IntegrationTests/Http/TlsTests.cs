using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using ClientLb.Calls;
using ClientLb.Endpoints;
using ClientLb.Http;
using ClientLb.IntegrationTests.Infrastructure;

namespace ClientLb.IntegrationTests.Http;

/// <summary>Backends have certificates for the service, not for their addresses.</summary>
public class TlsTests
{
    [Fact]
    public async Task Server_name_and_certificate_are_those_of_the_service()
    {
        using var certificate = Certificate("secure");
        await using var backends = await BackendGroup.StartAsync(2, certificate: certificate);
        await using var app = BalancedApp.To("secure", backends.Select(BalancedApp.Descriptor), o => Trust(o, certificate));
        for (var i = 0; i < 10; i++)
        {
            await app.Client.GetStringAsync("https://secure/");
        }

        Assert.All(backends.SelectMany(static b => b.ServerNames), static n => Assert.Equal("secure", n));
        Assert.All(backends.Requests, static r => Assert.Equal("secure", r.Host));
    }

    [Fact]
    public async Task Certificate_of_another_service_is_refused_and_nothing_is_sent()
    {
        using var certificate = Certificate("elsewhere");
        await using var backends = await BackendGroup.StartAsync(2, certificate: certificate);
        await using var app = BalancedApp.To("insecure", backends.Select(BalancedApp.Descriptor), o => Trust(o, certificate));
        using var request = new HttpRequestMessage(HttpMethod.Post, "https://insecure/") { Content = new StringContent("secret") };
        var failure = await Assert.ThrowsAsync<CallFailedException>(() => app.Client.SendAsync(request));

        Assert.Equal(HttpRequestError.SecureConnectionError, failure.HttpRequestError);
        Assert.All(failure.Attempts, static a => Assert.Equal((OutcomeKind.NotSent, Evidence.TlsFailed), (a.Kind, a.Evidence)));
        Assert.Empty(backends.Requests);
    }

    private static void Trust(LoadBalancedClientOptions options, X509Certificate2 certificate)
    {
        // A handshake on a busy machine takes longer than one in a data centre.
        options.Timeouts.Connect = TimeSpan.FromSeconds(10);
        options.ConfigureConnections = handler => handler.SslOptions.CertificateChainPolicy = new()
        {
            TrustMode = X509ChainTrustMode.CustomRootTrust,
            CustomTrustStore = { certificate },
            RevocationMode = X509RevocationMode.NoCheck,
        };
    }

    private static X509Certificate2 Certificate(string name)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest($"CN={name}", key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        names.AddDnsName(name);
        request.CertificateExtensions.Add(names.Build());
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        return request.CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(1));
    }
}
