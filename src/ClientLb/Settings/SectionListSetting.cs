using System.Globalization;
using Microsoft.Extensions.Configuration;

namespace ClientLb.Settings;

internal sealed class SectionListSetting<T, TPart>(string key, Func<T, IList<TPart>> get, SettingsSchema<TPart> schema)
    : Setting<T>(key, "a list of sections") where T : class where TPart : class, new()
{
    public override object Part => schema;

    internal override string PartKey => Key + ":0";

    internal override void Bind(IConfigurationSection section, T target, SettingErrors errors)
    {
        // "Key": [] is an empty text.
        if (section.Value is { Length: > 0 } value)
        {
            errors.Add(section.Path, value, Allowed);
            return;
        }

        var list = get(target);
        list.Clear();
        foreach (var child in section.GetChildren())
        {
            var part = new TPart();
            if (child.Value is { Length: > 0 } text)
            {
                errors.Add(child.Path, text, "a section");
            }
            else
            {
                schema.Bind(child, part, errors);
                list.Add(part);
            }
        }
    }

    internal override bool IsSame(T one, T other)
    {
        var (mine, others) = (get(one), get(other));
        return mine.Count == others.Count && mine.Zip(others).All(pair => schema.IsSame(pair.First, pair.Second));
    }

    internal override void Validate(string path, T target, SettingErrors errors)
    {
        var list = get(target);
        for (var i = 0; i < list.Count; i++)
        {
            schema.Validate(string.Create(CultureInfo.InvariantCulture, $"{PathOf(path)}:{i}"), list[i], errors);
        }
    }
}
