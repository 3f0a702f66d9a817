namespace ClientLb.Consul;

/// <summary>What names and tokens are made of.</summary>
internal static class ConsulNames
{
    public const string Allowed = "a name of letters, digits, '-' and '_'";

    public static bool IsName(string text) => text.Length > 0 && text.All(static c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_');

    public static bool IsToken(string text) => text.Length > 0 && text.All(static c => c is > ' ' and <= '~');
}
