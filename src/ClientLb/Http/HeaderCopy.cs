using System.Net.Http.Headers;

namespace ClientLb.Http;

/// <summary>Copies headers as they are, unparsed.</summary>
internal static class HeaderCopy
{
    /// <summary>What <see cref="IsNameOrEmpty"/> allows.</summary>
    public const string NameOrEmpty = "the name of a header (letters, digits, - and _), or nothing";

    /// <summary>Whether a setting names a header, or none.</summary>
    public static bool IsNameOrEmpty(string name) => name.All(static c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_');

    /// <summary>Adds every header of one collection to another.</summary>
    public static void Copy(HttpHeaders from, HttpHeaders to)
    {
        foreach (var (name, values) in from.NonValidated)
        {
            // One value is the rule, and a string as it is; several would be boxed.
            if (values.Count == 1)
            {
                to.TryAddWithoutValidation(name, values.ToString());
            }
            else
            {
                to.TryAddWithoutValidation(name, values);
            }
        }
    }
}
