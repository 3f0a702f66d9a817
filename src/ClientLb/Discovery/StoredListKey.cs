using System.Globalization;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;

namespace ClientLb.Discovery;

/// <summary>Whose list it is.</summary>
/// <param name="Cluster">The cluster.</param>
/// <param name="Service">What its source was asked for: a cluster that is given another service must not start with the instances of the old one.</param>
/// <param name="Source">The source's name.</param>
internal sealed record StoredListKey(string Cluster, string Service, string Source)
{
    private const string Prefix = "clientlb-";
    private const string Suffix = ".endpoints";

    // With prefix, suffix and what a temporary file adds it stays below the 255 bytes that a file system takes.
    private const int MaxLength = 150;
    private const int KeptLength = 80;

    /// <summary>
    /// The name of the file: another one for every other cluster or source, on file systems that ignore case too. The prefix keeps it off the names that
    /// Windows reserves.
    /// </summary>
    public string FileName()
    {
        var text = $"{Escape(Cluster)}@{Escape(Source)}";
        if (text.Length > MaxLength)
        {
            // No short name has a "~": a long one can't be taken for it.
            text = $"{text[..KeptLength]}~{Convert.ToHexStringLower(SHA256.HashData(MemoryMarshal.AsBytes(text.AsSpan())))}";
        }

        return Prefix + text + Suffix;
    }

    private static string Escape(string text)
    {
        var escaped = new StringBuilder(text.Length);
        foreach (var c in text)
        {
            if (char.IsAsciiLetterLower(c) || char.IsAsciiDigit(c) || c is '-' or '.')
            {
                escaped.Append(c);
            }
            else
            {
                escaped.Append(CultureInfo.InvariantCulture, $"_{(int)c:x4}");
            }
        }

        return escaped.ToString();
    }
}
