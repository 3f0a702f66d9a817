using System.Net;
using System.Net.Security;
using System.Security.Cryptography.X509Certificates;

namespace ClientLb.Consul;

/// <summary>Makes the handler of the watches. Its requests show up in no trace and no metric of the host's.</summary>
internal static class ConsulHandler
{
    public static SocketsHttpHandler Create(ConsulOptions options, ConsulConnections connections)
    {
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
        if (options.CaFile is { } ca)
        {
            var policy = new X509ChainPolicy
            {
                TrustMode = X509ChainTrustMode.CustomRootTrust,
                RevocationMode = X509RevocationMode.NoCheck,
            };
            policy.CustomTrustStore.AddRange(ConsulCertificates.LoadAuthorities(ca));
            handler.SslOptions.CertificateChainPolicy = policy;
        }

        if (options.CertificateFile is { } file)
        {
            handler.SslOptions.ClientCertificateContext = SslStreamCertificateContext.Create(
                ConsulCertificates.LoadClient(file, options.KeyFile), additionalCertificates: null, offline: true);
        }

        return handler;
    }
}
