using ClientLb.Settings;

namespace ClientLb.Discovery;

/// <summary>
/// How the host names among a cluster's endpoints are looked up: <c>ClientLb:Clusters:{name}:Dns</c>. It concerns sources whose
/// <see cref="IEndpointSource.ResolvesNames"/> says so. Read once, when the cluster starts.
/// </summary>
public sealed class DnsOptions
{
    /// <summary>
    /// Whether names are looked up and each address is an endpoint of its own. Default true; false dials names as they are, whatever the
    /// operating system makes of them then.
    /// </summary>
    public bool Resolve { get; set; } = true;

    /// <summary>
    /// How long after an answer a name is looked up again, ± 10 %. Default 30 s: the usual time to live of such records, which the operating
    /// system's resolver does not tell. After a failure it begins with 1 s and doubles up to this.
    /// </summary>
    public TimeSpan Refresh { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>How long one look-up may take. Default 5 s, after which resolvers ask the next server.</summary>
    public TimeSpan Timeout { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>Which addresses count. Default <see cref="DnsFamily.Auto"/>.</summary>
    public DnsFamily Family { get; set; }

    internal static SettingsSchema<DnsOptions> Schema { get; } = new SettingsSchema<DnsOptions>()
        .Flag(nameof(Resolve), static o => o.Resolve, static (o, v) => o.Resolve = v)
        .Duration(nameof(Refresh), static o => o.Refresh, static (o, v) => o.Refresh = v, TimeSpan.FromSeconds(1), TimeSpan.FromHours(1))
        .Duration(nameof(Timeout), static o => o.Timeout, static (o, v) => o.Timeout = v, TimeSpan.FromMilliseconds(100), TimeSpan.FromMinutes(1))
        .Choice(nameof(Family), static o => o.Family, static (o, v) => o.Family = v);
}
