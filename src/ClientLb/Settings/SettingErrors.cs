namespace ClientLb.Settings;

/// <summary>Collects every mistake found in one pass over the settings, so that all are reported at once.</summary>
public sealed class SettingErrors
{
    private readonly List<string> _messages = [];

    /// <summary>The messages so far, in the order in which they were found.</summary>
    public IReadOnlyList<string> Messages => _messages;

    /// <summary>True while nothing is wrong.</summary>
    public bool IsEmpty => _messages.Count == 0;

    /// <summary>Adds a mistake: the full key, the value as it was given, and what is allowed.</summary>
    /// <param name="key">The configuration key, for example <c>ClientLb:Clusters:orders:Policy</c>.</param>
    /// <param name="value">The value as it was given; <see langword="null"/> where it is missing.</param>
    /// <param name="allowed">What is allowed there, as an end of the sentence "allowed: …".</param>
    public void Add(string key, object? value, string allowed) =>
        _messages.Add(FormattableString.Invariant($"{key} = {Quote(value)}: allowed is {allowed}."));

    /// <summary>Adds a mistake that is a sentence of its own. It should name the key and the value.</summary>
    /// <param name="message">The whole sentence.</param>
    public void Add(string message) => _messages.Add(message);

    private static string Quote(object? value) => value switch
    {
        null => "(nothing)",
        string text => $"'{text}'",
        IFormattable number => number.ToString(null, System.Globalization.CultureInfo.InvariantCulture),
        _ => value.ToString() ?? "(nothing)",
    };
}
