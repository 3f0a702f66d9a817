using Microsoft.Extensions.Configuration;

namespace ClientLb.Settings;

internal sealed class ForeignSetting<T>(string key) : Setting<T>(key, "read elsewhere") where T : class
{
    internal override void Bind(IConfigurationSection section, T target, SettingErrors errors)
    {
    }

    internal override bool IsSame(T one, T other) => true;

    internal override void Validate(string path, T target, SettingErrors errors)
    {
    }
}
