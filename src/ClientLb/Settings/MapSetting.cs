using Microsoft.Extensions.Configuration;

namespace ClientLb.Settings;

internal sealed class MapSetting<T>(
    string key, Func<T, IDictionary<string, string>> get, Func<string, string, bool>? isValid, string allowed) : Setting<T>(key, allowed)
    where T : class
{
    internal override void Bind(IConfigurationSection section, T target, SettingErrors errors)
    {
        if (section.Value is { } text)
        {
            errors.Add(section.Path, text, Allowed);
            return;
        }

        var map = get(target);
        foreach (var child in section.GetChildren())
        {
            if (child.Value is not { } value || isValid?.Invoke(child.Key, value) == false)
            {
                errors.Add(child.Path, child.Value, Allowed);
            }
            else
            {
                map[child.Key] = value;
            }
        }
    }

    internal override bool IsSame(T one, T other)
    {
        var (mine, others) = (get(one), get(other));
        return mine.Count == others.Count && mine.All(pair => others.TryGetValue(pair.Key, out var value) && value == pair.Value);
    }

    internal override void Validate(string path, T target, SettingErrors errors)
    {
        foreach (var (name, value) in get(target))
        {
            if (value is null || isValid?.Invoke(name, value) == false)
            {
                errors.Add($"{PathOf(path)}:{name}", value, Allowed);
            }
        }
    }
}
