using ClientLb.Settings;
using Microsoft.Extensions.Configuration;

namespace ClientLb.Consul;

/// <summary>
/// What one cluster has otherwise: <c>ClientLb:Clusters:&lt;name&gt;:Consul</c>. What is not set is that of <see cref="ConsulOptions"/>.
/// </summary>
internal sealed class ConsulClusterOptions
{
    public const string ClustersSection = "ClientLb:Clusters";

    /// <summary>Prepared queries never wait for a change: what is lost by asking seldom is how soon one is seen.</summary>
    public static readonly TimeSpan DefaultPollInterval = TimeSpan.FromSeconds(10);

    public const string Key = "Consul";

    public static SettingsSchema<ConsulClusterOptions> Schema { get; } = new SettingsSchema<ConsulClusterOptions>()
        .Text(nameof(Service), static o => o.Service, static (o, v) => o.Service = v,
            static v => !string.IsNullOrWhiteSpace(v), "the name of a service")
        .Text(nameof(Datacenter), static o => o.Datacenter, static (o, v) => o.Datacenter = v, ConsulNames.IsName, ConsulNames.Allowed)
        .Text(nameof(Namespace), static o => o.Namespace, static (o, v) => o.Namespace = v, ConsulNames.IsName, ConsulNames.Allowed)
        .Text(nameof(Partition), static o => o.Partition, static (o, v) => o.Partition = v, ConsulNames.IsName, ConsulNames.Allowed)
        .List(nameof(Tags), static o => o.Tags, static v => v.Length > 0, "a list of tags that are not empty")
        .Text(nameof(Filter), static o => o.Filter, static (o, v) => o.Filter = v)
        .Text(nameof(PreparedQuery), static o => o.PreparedQuery, static (o, v) => o.PreparedQuery = v,
            static v => !string.IsNullOrWhiteSpace(v), "the name or id of a prepared query")
        .Duration(nameof(PollInterval), static o => o.PollInterval ?? DefaultPollInterval, static (o, v) => o.PollInterval = v,
            TimeSpan.FromSeconds(1), TimeSpan.FromMinutes(10))
        .Text(nameof(Near), static o => o.Near, static (o, v) => o.Near = v,
            static v => !string.IsNullOrWhiteSpace(v), "_agent or the name of a node")
        .Flag(nameof(AllowStale), static o => o.AllowStale ?? false, static (o, v) => o.AllowStale = v);

    public string? Service { get; set; }

    public string? Datacenter { get; set; }

    public string? Namespace { get; set; }

    public string? Partition { get; set; }

    public IList<string> Tags { get; } = [];

    public string? Filter { get; set; }

    public string? PreparedQuery { get; set; }

    public TimeSpan? PollInterval { get; set; }

    public string? Near { get; set; }

    public bool? AllowStale { get; set; }

    public static ConsulClusterOptions Read(IConfiguration configuration, string cluster, SettingErrors errors)
    {
        var section = configuration.GetSection($"{ClustersSection}:{cluster}:{Key}");
        var options = new ConsulClusterOptions();
        Schema.Bind(section, options, errors);
        ConsulClusterRules.Check(section.Path, options, errors);
        return options;
    }
}
