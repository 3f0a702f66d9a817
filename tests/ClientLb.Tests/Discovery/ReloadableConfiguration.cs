using System.Threading.Channels;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Primitives;

namespace ClientLb.Tests.Discovery;

/// <summary>Configuration whose content a test exchanges as a reload would.</summary>
internal sealed class ReloadableConfiguration : IConfiguration
{
    private readonly Provider _provider = new();
    private readonly Channel<bool> _listening = Channel.CreateUnbounded<bool>();

    public ReloadableConfiguration(params (string Key, string? Value)[] content)
    {
        Root = new ConfigurationBuilder().Add(new Source(_provider)).Build();
        _provider.Exchange(content);
    }

    public IConfigurationRoot Root { get; }

    public string? this[string key]
    {
        get => Root[key];
        set => Root[key] = value;
    }

    public IEnumerable<IConfigurationSection> GetChildren() => Root.GetChildren();

    public IConfigurationSection GetSection(string key) => Root.GetSection(key);

    public IChangeToken GetReloadToken()
    {
        _listening.Writer.TryWrite(true);
        return Root.GetReloadToken();
    }

    /// <summary>Waits until somebody listens for the next change, once for each time that somebody did.</summary>
    public async Task ListeningAsync() => await _listening.Reader.ReadAsync().AsTask().WaitAsync(TimeSpan.FromSeconds(20));

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
