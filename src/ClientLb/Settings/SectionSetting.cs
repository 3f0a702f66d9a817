using Microsoft.Extensions.Configuration;

namespace ClientLb.Settings;

internal sealed class SectionSetting<T, TPart>(string key, Func<T, TPart> get, SettingsSchema<TPart> schema)
    : Setting<T>(key, "a section") where T : class where TPart : class
{
    public override object Part => schema;

    internal override void Bind(IConfigurationSection section, T target, SettingErrors errors)
    {
        if (section.Value is { Length: > 0 } value)
        {
            errors.Add(section.Path, value, "a section");
            return;
        }

        schema.Bind(section, get(target), errors);
    }

    internal override bool IsSame(T one, T other) => schema.IsSame(get(one), get(other));

    internal override void Validate(string path, T target, SettingErrors errors) => schema.Validate(PathOf(path), get(target), errors);
}
