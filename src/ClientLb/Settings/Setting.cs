using Microsoft.Extensions.Configuration;

namespace ClientLb.Settings;

/// <summary>One setting of an options class.</summary>
/// <typeparam name="T">The options class.</typeparam>
public abstract class Setting<T> where T : class
{
    private protected Setting(string key, string allowed)
    {
        Key = key;
        Allowed = allowed;
    }

    /// <summary>The key, relative to the section of the options class.</summary>
    public string Key { get; }

    /// <summary>What is allowed, in words.</summary>
    public string Allowed { get; }

    /// <summary>The schema of a part, or <see langword="null"/> for a value: for tests and docs that walk a schema.</summary>
    public virtual object? Part => null;

    /// <summary>Where the keys of a part stand, relative to the section of the options class.</summary>
    internal virtual string PartKey => Key;

    internal abstract void Bind(IConfigurationSection section, T target, SettingErrors errors);

    internal abstract bool IsSame(T one, T other);

    internal abstract void Validate(string path, T target, SettingErrors errors);

    private protected string PathOf(string path) => path.Length == 0 ? Key : path + ":" + Key;
}
