using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;

namespace ClientLb.Consul;

/// <summary>
/// What the PEM files of the options hold, all read at one time. They are compared by content: behind a path there may be a link that
/// leads elsewhere now, and its times say nothing.
/// </summary>
internal sealed class ConsulPem
{
    private readonly string? _authorities;
    private readonly string? _certificate;
    private readonly string? _key;
    private readonly byte[] _hash;

    private ConsulPem(string? authorities, string? certificate, string? key)
    {
        _authorities = authorities;
        _certificate = certificate;
        _key = key;
        _hash = SHA256.HashData(Encoding.UTF8.GetBytes($"{authorities}\0{certificate}\0{key}"));
    }

    /// <summary>Reads the files.</summary>
    /// <exception cref="IOException">One can't be read.</exception>
    /// <exception cref="UnauthorizedAccessException">One may not be read.</exception>
    public static ConsulPem Read(ConsulOptions options) => new(Text(options.CaFile), Text(options.CertificateFile), Text(options.KeyFile));

    public bool IsSame(ConsulPem? other) => other is not null && _hash.AsSpan().SequenceEqual(other._hash);

    /// <summary>The authorities to trust; <see langword="null"/> means the system's.</summary>
    /// <exception cref="CryptographicException">It is no PEM or holds no certificate.</exception>
    public X509Certificate2Collection? LoadAuthorities()
    {
        if (_authorities is null)
        {
            return null;
        }

        var authorities = new X509Certificate2Collection();
        authorities.ImportFromPem(_authorities);
        return authorities.Count > 0 ? authorities : throw new CryptographicException("it holds no certificate");
    }

    /// <summary>The client certificate with its key; <see langword="null"/> means none.</summary>
    /// <exception cref="CryptographicException">It is no PEM, or a part is missing.</exception>
    /// <exception cref="ArgumentException">The key is not that of the certificate.</exception>
    public X509Certificate2? LoadClient()
    {
        if (_certificate is null)
        {
            return null;
        }

        var certificate = X509Certificate2.CreateFromPem(_certificate, _key ?? _certificate);
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

    private static string? Text(string? file) => file is null ? null : File.ReadAllText(file);
}
