using Microsoft.Extensions.Configuration;

namespace ClientLb.Tests.Infrastructure;

/// <summary>Configuration in memory that a test changes as a file would.</summary>
internal sealed class ReloadableSource : ConfigurationProvider, IConfigurationSource
{
    public ReloadableSource(params (string Key, string? Value)[] settings) => Set(settings);

    public IConfigurationProvider Build(IConfigurationBuilder builder) => this;

    public IConfigurationRoot Root() => new ConfigurationBuilder().Add(this).Build();

    /// <summary>Replaces everything and announces it, on this thread, as a configuration provider does.</summary>
    public void Reload(params (string Key, string? Value)[] settings)
    {
        Set(settings);
        OnReload();
    }

    private void Set((string Key, string? Value)[] settings) =>
        Data = settings.ToDictionary(setting => setting.Key, setting => setting.Value, StringComparer.OrdinalIgnoreCase);
}
