using Microsoft.Extensions.Configuration;

namespace ClientLb.Settings;

internal sealed class ScalarSetting<T, TValue>(
    string key, Func<T, TValue> get, Action<T, TValue> set, SettingParser<TValue> parse, Func<TValue, bool> isValid, string allowed,
    Func<TValue, string>? format = null) : Setting<T>(key, allowed) where T : class
{
    internal override void Bind(IConfigurationSection section, T target, SettingErrors errors)
    {
        if (section.Value is null)
        {
            // "Key": null means "the default"; children below a plain value mean that somebody took it for a section.
            if (section.GetChildren().Any())
            {
                errors.Add(section.Path, "(a section)", Allowed);
            }

            return;
        }

        if (parse(section.Value, out var value) && isValid(value))
        {
            set(target, value);
        }
        else
        {
            errors.Add(section.Path, section.Value, Allowed);
        }
    }

    internal override bool IsSame(T one, T other) => EqualityComparer<TValue>.Default.Equals(get(one), get(other));

    internal override void Validate(string path, T target, SettingErrors errors)
    {
        var value = get(target);
        if (!isValid(value))
        {
            errors.Add(PathOf(path), format is null ? value : format(value), Allowed);
        }
    }
}
