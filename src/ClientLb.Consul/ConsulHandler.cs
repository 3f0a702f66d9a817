using System.Net;
using System.Net.Security;
using System.Security.Cryptography.X509Certificates;
using ClientLb.Endpoints;
using Microsoft.Extensions.Logging;

namespace ClientLb.Consul;

/// <summary>Makes the handler of the watches. Its requests show up in no trace and no metric of the host's.</summary>
internal static class ConsulHandler
{
    /// <summary>Makes one that takes certificates over when their files change, where there are such files.</summary>
    public static HttpMessageHandler Create(ConsulOptions options, ConsulConnections connections, TimeProvider timeProvider, ILogger logger) =>
        options.CaFile is null && options.CertificateFile is null
            ? Create(options, connections)
            : new ConsulRenewingHandler(options, pem => Create(options, connections, pem), new MonotonicClock(timeProvider), logger);

    /// <summary>Makes one with the certificates as they are now.</summary>
    public static SocketsHttpHandler Create(ConsulOptions options, ConsulConnections connections) =>
        Create(options, connections, ConsulPem.Read(options));

    private static SocketsHttpHandler Create(ConsulOptions options, ConsulConnections connections, ConsulPem pem)
    {
        var authorities = pem.LoadAuthorities();
        var client = pem.LoadClient();
        var handler = new SocketsHttpHandler
        {
            ActivityHeadersPropagator = null,
            MeterFactory = UnheardMeterFactory.Instance,
            AllowAutoRedirect = false,
            AutomaticDecompression = DecompressionMethods.GZip,
            ConnectCallback = connections.ConnectAsync,
            ConnectTimeout = options.ConnectTimeout,
            EnableMultipleHttp2Connections = true,

            // Over TLS an agent speaks HTTP/2, where a dead connection shows by its missing pings.
            KeepAlivePingDelay = TimeSpan.FromSeconds(15),
            KeepAlivePingTimeout = TimeSpan.FromSeconds(5),
            KeepAlivePingPolicy = HttpKeepAlivePingPolicy.WithActiveRequests,

            // A name of an agent that moves is looked up again.
            PooledConnectionLifetime = TimeSpan.FromMinutes(5),
            UseCookies = false,
            UseProxy = options.UseProxy,
        };
        if (authorities is not null)
        {
            var policy = new X509ChainPolicy
            {
                TrustMode = X509ChainTrustMode.CustomRootTrust,
                RevocationMode = X509RevocationMode.NoCheck,
            };
            policy.CustomTrustStore.AddRange(authorities);
            handler.SslOptions.CertificateChainPolicy = policy;
        }

        if (client is not null)
        {
            handler.SslOptions.ClientCertificateContext = SslStreamCertificateContext.Create(client, additionalCertificates: null, offline: true);
        }

        return handler;
    }
}
