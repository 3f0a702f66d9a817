using ClientLb.Settings;

namespace ClientLb.ServiceDiscovery;

/// <summary>How the providers of Microsoft.Extensions.ServiceDiscovery are asked. Section <c>ClientLb:ServiceDiscovery</c>.</summary>
public sealed class ServiceDiscoverySourceOptions
{
    /// <summary>The section.</summary>
    public const string SectionName = "ClientLb:ServiceDiscovery";

    /// <summary>
    /// How often the providers are asked, whether they announce changes or not. Default 60 s, as there: announced changes are taken over at once, and what an
    /// announcement has missed costs a minute.
    /// </summary>
    public TimeSpan RefreshPeriod { get; set; } = TimeSpan.FromSeconds(60);

    /// <summary>How long the providers may take for an answer. Default 15 s: a look-up of names that nobody answers takes ten.</summary>
    public TimeSpan RefreshTimeout { get; set; } = TimeSpan.FromSeconds(15);

    internal static SettingsSchema<ServiceDiscoverySourceOptions> Schema { get; } = new SettingsSchema<ServiceDiscoverySourceOptions>()
        .Duration(nameof(RefreshPeriod), static o => o.RefreshPeriod, static (o, v) => o.RefreshPeriod = v, TimeSpan.FromSeconds(1), TimeSpan.FromHours(1))
        .Duration(nameof(RefreshTimeout), static o => o.RefreshTimeout, static (o, v) => o.RefreshTimeout = v, TimeSpan.FromMilliseconds(100), TimeSpan.FromMinutes(5));
}
