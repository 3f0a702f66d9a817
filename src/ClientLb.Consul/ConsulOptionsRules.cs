using System.Security.Cryptography;
using ClientLb.Settings;

namespace ClientLb.Consul;

/// <summary>What one setting alone does not show.</summary>
internal static class ConsulOptionsRules
{
    public static void Check(string path, ConsulOptions options, SettingErrors errors)
    {
        if (options.BackoffCap < options.BackoffBase)
        {
            errors.Add(path + ":BackoffCap", options.BackoffCap, $"a duration not below BackoffBase ({options.BackoffBase})");
        }

        // The message must not show the token.
        if (options.Token is { } token && !ConsulNames.IsToken(token))
        {
            errors.Add(path + ":Token", "(hidden)", "a text of visible ASCII characters");
        }

        if (options.KeyFile is not null && options.CertificateFile is null)
        {
            errors.Add(path + ":KeyFile", options.KeyFile, "a key beside a CertificateFile, which is missing");
        }

        if (options.CaFile is { } ca)
        {
            Try(path + ":CaFile", ca, "a PEM file with certificates", errors, () => ConsulPem.Read(new() { CaFile = ca }).LoadAuthorities());
        }

        if (options.CertificateFile is { } certificate)
        {
            Try(path + ":CertificateFile", certificate, "a PEM file with a certificate that the key belongs to", errors,
                () => ConsulPem.Read(new() { CertificateFile = certificate, KeyFile = options.KeyFile }).LoadClient()?.Dispose());
        }
    }

    private static void Try(string key, string value, string allowed, SettingErrors errors, Action load)
    {
        try
        {
            load();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or CryptographicException or ArgumentException)
        {
            errors.Add(key, value, $"{allowed} ({e.Message.TrimEnd('.')})");
        }
    }
}
