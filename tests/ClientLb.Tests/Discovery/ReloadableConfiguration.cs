using Microsoft.Extensions.Configuration;

namespace ClientLb.Tests.Discovery;

/// <summary>Configuration whose content a test exchanges as a reload would.</summary>
internal sealed class ReloadableConfiguration
{
    private readonly Provider _provider = new();

    public ReloadableConfiguration(params (string Key, string? Value)[] content)
    {
        Root = new ConfigurationBuilder().Add(new Source(_provider)).Build();
        _provider.Exchange(content);
    }

    public IConfigurationRoot Root { get; }

    public void Reload(params (string Key, string? Value)[] content) => _provider.Exchange(content);

    private sealed class Source(Provider provider) : IConfigurationSource
    {
        public IConfigurationProvider Build(IConfigurationBuilder builder) => provider;
    }

    private sealed class Provider : ConfigurationProvider
    {
        public void Exchange((string Key, string? Value)[] content)
        {
            Data = content.ToDictionary(static c => c.Key, static c => c.Value, StringComparer.OrdinalIgnoreCase);
            OnReload();
        }
    }
}
