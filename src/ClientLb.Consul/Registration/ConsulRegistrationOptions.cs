using ClientLb.Settings;

namespace ClientLb.Consul.Registration;

/// <summary>
/// How this process registers with Consul. Section <c>ClientLb:Consul:Registration</c>, or <c>ClientLb:Consul:Registrations:{name}</c> for each
/// of several. Read once, at the start.
/// </summary>
public sealed class ConsulRegistrationOptions
{
    /// <summary>The section of the registration without a name.</summary>
    public const string SectionName = "ClientLb:Consul:Registration";

    internal const string NamedSection = "ClientLb:Consul:Registrations";

    /// <summary>Whether it registers at all. Default: true. False is for machines without an agent.</summary>
    public bool Enabled { get; set; } = true;

    /// <summary>
    /// The name of the service, which is what its callers ask for. Default: the name given to <c>AddConsulRegistration</c>, else the application's
    /// name in lower case with <c>-</c> for what is no letter or digit.
    /// </summary>
    public string? Name { get; set; }

    /// <summary>
    /// The id of this instance, unique at its agent and the same after a restart, so that a new process takes over the entry of the one before.
    /// Default: name, machine and port; the address too where the server listens on one only.
    /// </summary>
    public string? Id { get; set; }

    /// <summary>
    /// The address that callers use. Default: the one that the server listens on; where it listens on all of them, the node's address of
    /// an agent on this machine, else the one from which this machine reaches the agent.
    /// </summary>
    public string? Address { get; set; }

    /// <summary>
    /// The port that callers use. Default: the one that the server (Kestrel and others of ASP.NET Core) listens on; other servers must give it.
    /// </summary>
    public int? Port { get; set; }

    /// <summary>
    /// Which of the server's addresses is registered: <c>http</c> or <c>https</c>. Default: http, and https where there is no other. For https the
    /// metadata get <c>scheme</c> = <c>https</c>.
    /// </summary>
    public string? Scheme { get; set; }

    /// <summary>Tags. Default: none.</summary>
    public IList<string> Tags { get; } = [];

    /// <summary>
    /// Metadata, at most 64: names of up to 128 letters, digits, <c>-</c> and <c>_</c> that do not start with <c>consul-</c>, texts of up to 512
    /// bytes. Default: none.
    /// </summary>
    public IDictionary<string, string> Metadata { get; } = new Dictionary<string, string>(StringComparer.Ordinal);

    /// <summary>The share of calls while all checks pass, 1 to 65535. Default 1, which is Consul's.</summary>
    public int PassingWeight { get; set; } = 1;

    /// <summary>The share of calls while a check warns, 1 to 65535. Default 1, which is Consul's.</summary>
    public int WarningWeight { get; set; } = 1;

    /// <summary>The checks. Default: one TTL check of 15 s, which this process feeds.</summary>
    public IList<ConsulCheckOptions> Checks { get; } = [];

    /// <summary>
    /// After how long in a critical state Consul forgets this instance: for processes that ended without a word. Default 1 min, which is
    /// the least that Consul takes.
    /// </summary>
    public TimeSpan DeregisterCriticalAfter { get; set; } = TimeSpan.FromMinutes(1);

    /// <summary>
    /// On stop, how long after the entry went into maintenance calls are still expected, because callers have to hear of it. Default 1 s: ClientLb
    /// hears within 300 ms; others ask less often.
    /// </summary>
    public TimeSpan SettleTime { get; set; } = TimeSpan.FromSeconds(1);

    /// <summary>
    /// On stop, how long calls in flight may take before the server is stopped under them, the settle time included. Default 30 s. The host's own
    /// limit (<c>HostOptions.ShutdownTimeout</c>, 30 s by default) ends it earlier: make that one longer than this one.
    /// </summary>
    public TimeSpan DrainTimeout { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>
    /// Asked before each heartbeat how this instance is; an exception, or no answer within a third of the time to live, is critical. Used by TTL
    /// checks only. Code only. Default: none, a process that can send heartbeats is well.
    /// </summary>
    public Func<CancellationToken, ValueTask<ConsulCheckStatus>>? Health { get; set; }

    /// <summary>
    /// How many calls are in flight, asked on stop. Code only; for servers other than ASP.NET Core's, whose requests are counted by their metric
    /// <c>http.server.active_requests</c>. Default: none.
    /// </summary>
    public Func<int>? InFlight { get; set; }

    /// <summary>What may be set, and to what.</summary>
    internal static SettingsSchema<ConsulRegistrationOptions> Schema { get; } = new SettingsSchema<ConsulRegistrationOptions>()
        .Flag(nameof(Enabled), static o => o.Enabled, static (o, v) => o.Enabled = v)
        .Text(nameof(Name), static o => o.Name, static (o, v) => o.Name = v, RegistrationNames.IsName, RegistrationNames.Allowed)
        .Text(nameof(Id), static o => o.Id, static (o, v) => o.Id = v, RegistrationNames.IsName, RegistrationNames.Allowed)
        .Text(nameof(Address), static o => o.Address, static (o, v) => o.Address = v,
            Discovery.EndpointAddress.IsHost, "a host name or an IP address, without a port")
        .Whole(nameof(Port), static o => o.Port ?? 1, static (o, v) => o.Port = v, 1, 65535)
        .Text(nameof(Scheme), static o => o.Scheme, static (o, v) => o.Scheme = v, static v => v is "http" or "https", "http or https")
        .List(nameof(Tags), static o => o.Tags, static v => v.Length > 0, "a list of tags that are not empty")
        .Map(nameof(Metadata), static o => o.Metadata, RegistrationNames.IsMetadata, RegistrationNames.AllowedMetadata)
        .Whole(nameof(PassingWeight), static o => o.PassingWeight, static (o, v) => o.PassingWeight = v, 1, 65535)
        .Whole(nameof(WarningWeight), static o => o.WarningWeight, static (o, v) => o.WarningWeight = v, 1, 65535)
        .Sections(nameof(Checks), static o => o.Checks, ConsulCheckOptions.Schema)
        .Duration(nameof(DeregisterCriticalAfter), static o => o.DeregisterCriticalAfter, static (o, v) => o.DeregisterCriticalAfter = v,
            TimeSpan.FromMinutes(1), TimeSpan.FromHours(720))
        .Duration(nameof(SettleTime), static o => o.SettleTime, static (o, v) => o.SettleTime = v, TimeSpan.Zero, TimeSpan.FromMinutes(5))
        .Duration(nameof(DrainTimeout), static o => o.DrainTimeout, static (o, v) => o.DrainTimeout = v, TimeSpan.Zero, TimeSpan.FromHours(24))
        .Rule(Check);

    /// <summary>The section of a registration.</summary>
    internal static string Section(string name) => name.Length == 0 ? SectionName : $"{NamedSection}:{name}";

    private static void Check(string path, ConsulRegistrationOptions options, SettingErrors errors)
    {
        if (options.SettleTime > options.DrainTimeout)
        {
            errors.Add(path + ":SettleTime", options.SettleTime, $"a duration not above DrainTimeout ({options.DrainTimeout})");
        }

        if (options.Metadata.Count > RegistrationNames.MostMetadata)
        {
            errors.Add(path + ":Metadata", options.Metadata.Count, FormattableString.Invariant($"at most {RegistrationNames.MostMetadata} names"));
        }
    }
}
