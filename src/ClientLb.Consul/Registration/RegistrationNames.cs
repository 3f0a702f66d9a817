using System.Text;

namespace ClientLb.Consul.Registration;

/// <summary>What names, ids and metadata of a registration are made of.</summary>
internal static class RegistrationNames
{
    public const string Allowed = "a name of letters, digits, '-', '_' and '.', at most 128";

    public const string AllowedMetadata =
        "a name of at most 128 letters, digits, '-' and '_' that does not start with consul-, with a text of at most 512 bytes";

    public const int MostMetadata = 64;

    private const int LongestName = 128;
    private const int LongestText = 512;
    private const string Reserved = "consul-";

    public static bool IsName(string text) => text.Length <= LongestName && ConsulNames.IsName(text.Replace(".", "", StringComparison.Ordinal));

    public static bool IsMetadata(string name, string text) =>
        name.Length <= LongestName && ConsulNames.IsName(name) && !name.StartsWith(Reserved, StringComparison.OrdinalIgnoreCase)
        && Encoding.UTF8.GetByteCount(text) <= LongestText;

    /// <summary>Makes a name of any text: lower case, with <c>-</c> for what can't stand in a DNS name.</summary>
    public static string From(string text)
    {
        var name = new StringBuilder();
        foreach (var c in text.ToLowerInvariant())
        {
            if (char.IsAsciiLetterOrDigit(c))
            {
                name.Append(c);
            }
            else if (name.Length > 0 && name[^1] != '-')
            {
                name.Append('-');
            }
        }

        var made = name.ToString().TrimEnd('-');
        return made.Length > LongestName ? made[..LongestName].TrimEnd('-') : made;
    }
}
