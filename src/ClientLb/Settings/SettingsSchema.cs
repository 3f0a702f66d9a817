using System.Globalization;
using Microsoft.Extensions.Configuration;

namespace ClientLb.Settings;

/// <summary>
/// What may be set on one options class: each setting once, with its key, type, range and place in the object. The same
/// declaration binds configuration, validates values that code has set, and is what the tests and the docs enumerate.
/// </summary>
/// <remarks>
/// The configuration binder stops at the first value that it cannot convert. This one goes on, so that all mistakes are
/// reported together, each with its full key, the value and what is allowed; a key that is not known is a mistake too.
/// </remarks>
/// <typeparam name="T">The options class.</typeparam>
public sealed class SettingsSchema<T> where T : class
{
    private readonly List<Setting<T>> _settings = [];
    private readonly List<Action<string, T, SettingErrors>> _rules = [];

    /// <summary>The settings in the order of their declaration.</summary>
    public IReadOnlyList<Setting<T>> Settings => _settings;

    /// <summary>A duration, written as <c>hh:mm:ss[.fff]</c> or as a number with a unit: <c>250ms</c>, <c>5s</c>, <c>2m</c>, <c>1h</c>.</summary>
    public SettingsSchema<T> Duration(string key, Func<T, TimeSpan> get, Action<T, TimeSpan> set, TimeSpan min, TimeSpan max) =>
        Add(new ScalarSetting<T, TimeSpan>(key, get, set, Durations.TryParse,
            value => value >= min && value <= max, $"a duration from {Durations.Format(min)} to {Durations.Format(max)}", value => Durations.Format(value)));

    /// <summary>A whole number.</summary>
    public SettingsSchema<T> Whole(string key, Func<T, int> get, Action<T, int> set, int min, int max) =>
        Add(new ScalarSetting<T, int>(key, get, set,
            static (string text, out int value) => int.TryParse(text, NumberStyles.Integer, CultureInfo.InvariantCulture, out value),
            value => value >= min && value <= max, FormattableString.Invariant($"a whole number from {min} to {max}")));

    /// <summary>A number with a fraction, written with a point.</summary>
    public SettingsSchema<T> Number(string key, Func<T, double> get, Action<T, double> set, double min, double max) =>
        Add(new ScalarSetting<T, double>(key, get, set,
            static (string text, out double value) => double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out value),
            value => value >= min && value <= max, FormattableString.Invariant($"a number from {min} to {max}")));

    /// <summary><c>true</c> or <c>false</c>.</summary>
    public SettingsSchema<T> Flag(string key, Func<T, bool> get, Action<T, bool> set) =>
        Add(new ScalarSetting<T, bool>(key, get, set, bool.TryParse, static _ => true, "true or false"));

    /// <summary>A text. <paramref name="isValid"/> may refuse it; <paramref name="allowed"/> says what it accepts.</summary>
    public SettingsSchema<T> Text(string key, Func<T, string?> get, Action<T, string?> set, Func<string, bool>? isValid = null, string allowed = "a text") =>
        Add(new ScalarSetting<T, string?>(key, get, set,
            static (string text, out string? value) => { value = text; return true; },
            value => value is null || isValid is null || isValid(value), allowed));

    /// <summary>One of the names of an enumeration, in any case.</summary>
    public SettingsSchema<T> Choice<TEnum>(string key, Func<T, TEnum> get, Action<T, TEnum> set) where TEnum : struct, Enum =>
        Add(new ScalarSetting<T, TEnum>(key, get, set,
            static (string text, out TEnum value) => Enum.TryParse(text, ignoreCase: true, out value) && !char.IsAsciiDigit(text.TrimStart('-')[0]),
            static value => Enum.IsDefined(value), "one of " + string.Join(", ", Enum.GetNames<TEnum>())));

    /// <summary>A list of texts, written as <c>key:0</c>, <c>key:1</c> … or as one text with commas.</summary>
    public SettingsSchema<T> List(string key, Func<T, IList<string>> get, Func<string, bool>? isValid = null, string allowed = "a list of texts") =>
        Add(new ListSetting<T>(key, get, isValid, allowed));

    /// <summary>Texts by name, one <c>key:name</c> each. <paramref name="isValid"/> may refuse a name with its text.</summary>
    public SettingsSchema<T> Map(
        string key, Func<T, IDictionary<string, string>> get, Func<string, string, bool>? isValid = null, string allowed = "a section of names with a text each") =>
        Add(new MapSetting<T>(key, get, isValid, allowed));

    /// <summary>A list of parts that have a schema of their own, written as <c>key:0:…</c>, <c>key:1:…</c> …</summary>
    public SettingsSchema<T> Sections<TPart>(string key, Func<T, IList<TPart>> get, SettingsSchema<TPart> schema) where TPart : class, new() =>
        Add(new SectionListSetting<T, TPart>(key, get, schema));

    /// <summary>Settings of a part that has a schema of its own, below <paramref name="key"/>.</summary>
    public SettingsSchema<T> Section<TPart>(string key, Func<T, TPart> get, SettingsSchema<TPart> schema) where TPart : class =>
        Add(new SectionSetting<T, TPart>(key, get, schema));

    /// <summary>A key that is read elsewhere: known here, so that it is no mistake, but not bound.</summary>
    public SettingsSchema<T> ReadElsewhere(string key) => Add(new ForeignSetting<T>(key));

    /// <summary>A rule over several settings. It gets the path of the object's section.</summary>
    public SettingsSchema<T> Rule(Action<string, T, SettingErrors> rule)
    {
        _rules.Add(rule);
        return this;
    }

    /// <summary>Sets what the section says and adds a message for each value that does not fit and each key that is not known.</summary>
    /// <param name="section">The section; it may be absent or empty.</param>
    /// <param name="target">The object to fill. Values that do not fit leave it as it was.</param>
    /// <param name="errors">Where the mistakes go.</param>
    public void Bind(IConfigurationSection section, T target, SettingErrors errors)
    {
        foreach (var child in section.GetChildren())
        {
            var setting = _settings.Find(s => string.Equals(s.Key, child.Key, StringComparison.OrdinalIgnoreCase));
            if (setting is not null)
            {
                setting.Bind(child, target, errors);
                continue;
            }

            var near = NearName.Find(child.Key, _settings.Select(static s => s.Key));
            errors.Add(child.Path, child.Value, near is null
                ? "no such key; known are " + string.Join(", ", _settings.Select(static s => s.Key))
                : $"no such key; did you mean {near}?");
        }
    }

    /// <summary>Checks the values of an object however they got there.</summary>
    /// <param name="path">The path of the object's section, which the messages name.</param>
    /// <param name="target">The object.</param>
    /// <param name="errors">Where the mistakes go.</param>
    public void Validate(string path, T target, SettingErrors errors)
    {
        foreach (var setting in _settings)
        {
            setting.Validate(path, target, errors);
        }

        foreach (var rule in _rules)
        {
            rule(path, target, errors);
        }
    }

    /// <summary>Whether two objects have the same values in every setting: a reload of something else changes nothing here.</summary>
    internal bool IsSame(T one, T other) => _settings.TrueForAll(setting => setting.IsSame(one, other));

    private SettingsSchema<T> Add(Setting<T> setting)
    {
        _settings.Add(setting);
        return this;
    }
}
