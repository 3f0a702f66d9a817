using ClientLb.Settings;

namespace ClientLb.Discovery;

/// <summary>One entry of <c>ClientLb:Clusters:&lt;name&gt;:Endpoints</c>, as it is written.</summary>
internal sealed class ConfiguredEndpoint
{
    public const int MaxWeight = 65535;

    public const int MaxPriority = 1000;

    public static SettingsSchema<ConfiguredEndpoint> Schema { get; } = new SettingsSchema<ConfiguredEndpoint>()
        .Text("Address", static e => e.Address, static (e, v) => e.Address = v,
            static v => EndpointAddress.TryParse(v, out _), "host, " + EndpointAddress.Allowed)
        .Whole("Port", static e => e.Port ?? 1, static (e, v) => e.Port = v, 1, 65535)
        .Whole("Weight", static e => e.Weight, static (e, v) => e.Weight = v, 0, MaxWeight)
        .Flag("Enabled", static e => e.Enabled, static (e, v) => e.Enabled = v)
        .Whole("Priority", static e => e.Priority, static (e, v) => e.Priority = v, 0, MaxPriority)
        .Text("Zone", static e => e.Zone, static (e, v) => e.Zone = v)
        .Text("Region", static e => e.Region, static (e, v) => e.Region = v)
        .Text("Id", static e => e.Id, static (e, v) => e.Id = v, static v => !string.IsNullOrWhiteSpace(v), "a text that is not empty")
        .ReadElsewhere("Metadata");

    public string? Address { get; set; }

    public int? Port { get; set; }

    public int Weight { get; set; } = 1;

    public bool Enabled { get; set; } = true;

    public int Priority { get; set; }

    public string? Zone { get; set; }

    public string? Region { get; set; }

    public string? Id { get; set; }
}
