using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace ClientLb.Consul;

/// <summary>Reads PEM files.</summary>
internal static class ConsulCertificates
{
    public static X509Certificate2Collection LoadAuthorities(string file)
    {
        var authorities = new X509Certificate2Collection();
        authorities.ImportFromPemFile(file);
        return authorities.Count > 0 ? authorities : throw new CryptographicException("it holds no certificate");
    }

    public static X509Certificate2 LoadClient(string file, string? keyFile)
    {
        var certificate = X509Certificate2.CreateFromPemFile(file, keyFile);
        if (!OperatingSystem.IsWindows())
        {
            return certificate;
        }

        // Windows can't use a key that lives in memory only for TLS.
        using (certificate)
        {
            return X509CertificateLoader.LoadPkcs12(certificate.Export(X509ContentType.Pkcs12), null);
        }
    }
}
