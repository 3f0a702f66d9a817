using ClientLb.Settings;

namespace ClientLb.Consul;

/// <summary>How Consul is asked. Section <c>ClientLb:Consul</c>. What is not set comes from the variables that the consul CLI knows.</summary>
public sealed class ConsulOptions
{
    /// <summary>The section.</summary>
    public const string SectionName = "ClientLb:Consul";

    /// <summary>
    /// The addresses of agents: <c>host[:port]</c> or <c>http(s)://host[:port]</c>. One is used until it fails, then the next. Without a scheme
    /// it is http, without scheme and port it is port 8500. Default: <c>CONSUL_HTTP_ADDR</c> (with <c>CONSUL_HTTP_SSL</c>), else
    /// <c>http://127.0.0.1:8500</c>, the agent that runs on each machine.
    /// </summary>
    public IList<string> Addresses { get; } = [];

    /// <summary>
    /// The ACL token; it needs <c>service "…" { policy = "read" }</c> and <c>node_prefix "" { policy = "read" }</c>. Never logged.
    /// Default: <c>CONSUL_HTTP_TOKEN</c>, else none.
    /// </summary>
    public string? Token { get; set; }

    /// <summary>
    /// A file with the ACL token, read again for each query, so that a rotated token needs no restart. <see cref="Token"/> goes before
    /// it. Default: <c>CONSUL_HTTP_TOKEN_FILE</c>, else none.
    /// </summary>
    public string? TokenFile { get; set; }

    /// <summary>The data centre to ask. Default: that of the agent.</summary>
    public string? Datacenter { get; set; }

    /// <summary>
    /// The namespace to ask in; for Consul Enterprise, on which it was not tested. Default: <c>CONSUL_NAMESPACE</c>, else that of the token.
    /// </summary>
    public string? Namespace { get; set; }

    /// <summary>
    /// The admin partition to ask in; for Consul Enterprise, on which it was not tested. Default: <c>CONSUL_PARTITION</c>, else that of the
    /// agent.
    /// </summary>
    public string? Partition { get; set; }

    /// <summary>Tags that an instance must all have. Consul ignores their case. Default: none.</summary>
    public IList<string> Tags { get; } = [];

    /// <summary>A filter in Consul's language, for example <c>Service.Meta.version == "2"</c>. Default: none.</summary>
    public string? Filter { get; set; }

    /// <summary>
    /// Whether any server may answer, not only the leader. Default: true: it spreads the load and lists stay fresh through the loss of a
    /// leader. An answer that is too old (<see cref="MaxStaleness"/>) or comes from a server without a leader is used, marked as stale,
    /// and the leader is asked as well.
    /// </summary>
    public bool AllowStale { get; set; } = true;

    /// <summary>From which age on an answer counts as stale. Default 10 s: a healthy server hears its leader many times a second.</summary>
    public TimeSpan MaxStaleness { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>
    /// How long Consul may hold a query that has nothing new to say; it adds up to a sixteenth. Default 45 s: an abandoned query
    /// keeps one of the agent's 200 connections per client until its time has passed, so more is worse, and much less makes traffic.
    /// </summary>
    public TimeSpan Wait { get; set; } = TimeSpan.FromSeconds(45);

    /// <summary>
    /// How many queries are held at once where each needs a connection: without TLS, which is HTTP/1.1. Default 100: with 50 that may have been
    /// given up, the short queries and another process it stays below the 200 connections that an agent gives to one machine
    /// (<c>limits.http_max_conns_per_client</c>). With more watches than that they take turns, each for a shorter time, so that all are
    /// looked at within about one <see cref="Wait"/>.
    /// </summary>
    public int MaxHeldQueries { get; set; } = 100;

    /// <summary>
    /// The least time between two queries of one service. Default 250 ms: each change of a service of 5,000 instances is an answer of
    /// 4 MB, so a flapping check must not set the pace. A change after a pause is seen at once all the same.
    /// </summary>
    public TimeSpan MinimumInterval { get; set; } = TimeSpan.FromMilliseconds(250);

    /// <summary>
    /// How often the agent is asked for the leader. One small request for the whole process: it shows that an agent hangs, that the leader
    /// has changed or that an outage is over, none of which a held query tells. Default 3 s.
    /// </summary>
    public TimeSpan PulseInterval { get; set; } = TimeSpan.FromSeconds(3);

    /// <summary>How long a connection to an agent may take. Default 2 s: the agent is near.</summary>
    public TimeSpan ConnectTimeout { get; set; } = TimeSpan.FromSeconds(2);

    /// <summary>The pause after the first failure; it doubles with each further one, with jitter. Default 500 ms.</summary>
    public TimeSpan BackoffBase { get; set; } = TimeSpan.FromMilliseconds(500);

    /// <summary>The longest pause after a failure. Default 10 s; the end of an outage is seen earlier by the pulse.</summary>
    public TimeSpan BackoffCap { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>Whether the proxy of the environment is used. Default: false, agents are near.</summary>
    public bool UseProxy { get; set; }

    /// <summary>
    /// A PEM file with the authorities to trust, in place of the system's. It and the two below are looked at every 10 s: what has changed is
    /// used for new connections, and what can't be used leaves the old in force. Default: <c>CONSUL_CACERT</c>, else the system's.
    /// </summary>
    public string? CaFile { get; set; }

    /// <summary>A PEM file with the client certificate. Default: <c>CONSUL_CLIENT_CERT</c>, else none.</summary>
    public string? CertificateFile { get; set; }

    /// <summary>A PEM file with the client certificate's key. Default: <c>CONSUL_CLIENT_KEY</c>, else the certificate's file.</summary>
    public string? KeyFile { get; set; }

    /// <summary>
    /// The name that the agents' certificates must have, for example <c>server.dc1.consul</c>. Default: <c>CONSUL_TLS_SERVER_NAME</c>, else the
    /// host of the address.
    /// </summary>
    public string? TlsServerName { get; set; }

    /// <summary>What may be set, and to what.</summary>
    internal static SettingsSchema<ConsulOptions> Schema { get; } = new SettingsSchema<ConsulOptions>()
        .List(nameof(Addresses), static o => o.Addresses, static v => ConsulAddress.TryParse(v, out _), ConsulAddress.Allowed)
        .Text(nameof(Token), static o => o.Token, static (o, v) => o.Token = v)
        .Text(nameof(TokenFile), static o => o.TokenFile, static (o, v) => o.TokenFile = v,
            File.Exists, "a file that can be read")
        .Text(nameof(Datacenter), static o => o.Datacenter, static (o, v) => o.Datacenter = v,
            ConsulNames.IsName, ConsulNames.Allowed)
        .Text(nameof(Namespace), static o => o.Namespace, static (o, v) => o.Namespace = v,
            ConsulNames.IsName, ConsulNames.Allowed)
        .Text(nameof(Partition), static o => o.Partition, static (o, v) => o.Partition = v,
            ConsulNames.IsName, ConsulNames.Allowed)
        .List(nameof(Tags), static o => o.Tags, static v => v.Length > 0, "a list of tags that are not empty")
        .Text(nameof(Filter), static o => o.Filter, static (o, v) => o.Filter = v)
        .Flag(nameof(AllowStale), static o => o.AllowStale, static (o, v) => o.AllowStale = v)
        .Duration(nameof(MaxStaleness), static o => o.MaxStaleness, static (o, v) => o.MaxStaleness = v,
            TimeSpan.FromSeconds(1), TimeSpan.FromHours(1))
        .Duration(nameof(Wait), static o => o.Wait, static (o, v) => o.Wait = v,
            TimeSpan.FromSeconds(1), TimeSpan.FromMinutes(10))
        .Whole(nameof(MaxHeldQueries), static o => o.MaxHeldQueries, static (o, v) => o.MaxHeldQueries = v, 1, 10_000)
        .Duration(nameof(MinimumInterval), static o => o.MinimumInterval, static (o, v) => o.MinimumInterval = v,
            TimeSpan.FromMilliseconds(100), TimeSpan.FromMinutes(1))
        .Duration(nameof(PulseInterval), static o => o.PulseInterval, static (o, v) => o.PulseInterval = v,
            TimeSpan.FromSeconds(1), TimeSpan.FromMinutes(5))
        .Duration(nameof(ConnectTimeout), static o => o.ConnectTimeout, static (o, v) => o.ConnectTimeout = v,
            TimeSpan.FromMilliseconds(100), TimeSpan.FromMinutes(1))
        .Duration(nameof(BackoffBase), static o => o.BackoffBase, static (o, v) => o.BackoffBase = v,
            TimeSpan.FromMilliseconds(100), TimeSpan.FromMinutes(1))
        .Duration(nameof(BackoffCap), static o => o.BackoffCap, static (o, v) => o.BackoffCap = v,
            TimeSpan.FromMilliseconds(100), TimeSpan.FromMinutes(10))
        .Flag(nameof(UseProxy), static o => o.UseProxy, static (o, v) => o.UseProxy = v)
        .Text(nameof(CaFile), static o => o.CaFile, static (o, v) => o.CaFile = v)
        .Text(nameof(CertificateFile), static o => o.CertificateFile, static (o, v) => o.CertificateFile = v)
        .Text(nameof(KeyFile), static o => o.KeyFile, static (o, v) => o.KeyFile = v)
        .Text(nameof(TlsServerName), static o => o.TlsServerName, static (o, v) => o.TlsServerName = v,
            Discovery.EndpointAddress.IsHost, "a host name")
        .ReadElsewhere("Registration")
        .ReadElsewhere("Registrations")
        .Rule(ConsulOptionsRules.Check);
}
