using Microsoft.Extensions.Configuration;

namespace ClientLb.Settings;

internal sealed class ListSetting<T>(string key, Func<T, IList<string>> get, Func<string, bool>? isValid, string allowed)
    : Setting<T>(key, allowed) where T : class
{
    internal override void Bind(IConfigurationSection section, T target, SettingErrors errors)
    {
        var given = section.Value is { } text
            ? text.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries).Select(value => (section.Path, Value: value))
            : section.GetChildren().Select(static c => (c.Path, Value: c.Value ?? ""));
        var list = get(target);
        list.Clear();
        foreach (var (path, value) in given)
        {
            if (isValid?.Invoke(value) == false)
            {
                errors.Add(path, value, Allowed);
            }
            else
            {
                list.Add(value);
            }
        }
    }

    internal override bool IsSame(T one, T other) => get(one).SequenceEqual(get(other));

    internal override void Validate(string path, T target, SettingErrors errors)
    {
        foreach (var value in get(target))
        {
            if (value is null || isValid?.Invoke(value) == false)
            {
                errors.Add(PathOf(path), value, Allowed);
            }
        }
    }
}
