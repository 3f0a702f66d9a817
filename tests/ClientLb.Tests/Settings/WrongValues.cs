using System.Globalization;
using System.Reflection;
using ClientLb.Settings;

namespace ClientLb.Tests.Settings;

/// <summary>Walks a schema and makes values that each of its settings must refuse.</summary>
internal static class WrongValues
{
    /// <summary>Every setting that can be wrong, with what is allowed there and values that are not.</summary>
    public static IEnumerable<(string Key, string Allowed, string[] Values)> Of<T>(string path, SettingsSchema<T> schema) where T : class =>
        schema.Settings.SelectMany(setting => setting.Part is { } part
            ? OfPart($"{path}:{setting.PartKey}", part)
            : [($"{path}:{setting.Key}", setting.Allowed, Against(setting.Allowed))]).Where(setting => setting.Values.Length > 0);

    private static IEnumerable<(string Key, string Allowed, string[] Values)> OfPart(string path, object part) =>
        (IEnumerable<(string, string, string[])>)typeof(WrongValues).GetMethod(nameof(Of), BindingFlags.Public | BindingFlags.Static)!
            .MakeGenericMethod(part.GetType().GetGenericArguments()[0]).Invoke(null, [path, part])!;

    private static string[] Against(string allowed)
    {
        var words = allowed.Split(' ');
        return allowed switch
        {
            "read elsewhere" or "a text" => [],
            // An empty list is a list.
            _ when allowed.StartsWith("a list of", StringComparison.Ordinal) && !allowed.Contains("not empty", StringComparison.Ordinal) => ["!", "queue"],
            "true or false" => ["maybe", "", "1"],
            _ when allowed.StartsWith("a duration from", StringComparison.Ordinal) => ["soon", "5", "", "-1s", "999999h", Beyond(words[^1])],
            _ when allowed.StartsWith("a whole number from", StringComparison.Ordinal) =>
                ["some", "1.5", "", (long.Parse(words[^3], CultureInfo.InvariantCulture) - 1).ToString(CultureInfo.InvariantCulture),
                    (long.Parse(words[^1], CultureInfo.InvariantCulture) + 1).ToString(CultureInfo.InvariantCulture)],
            _ when allowed.StartsWith("a number from", StringComparison.Ordinal) => ["some", "NaN", "", "-1", "1e9"],
            _ => ["", " ", "!"],
        };
    }

    private static string Beyond(string max) => Durations.TryParse(max, out var value) ? Durations.Format(value + TimeSpan.FromMilliseconds(1)) : "?";
}
