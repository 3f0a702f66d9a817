using System.Net.Http.Headers;

namespace ClientLb.Http;

/// <summary>Copies headers as they are, unparsed.</summary>
internal static class HeaderCopy
{
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
