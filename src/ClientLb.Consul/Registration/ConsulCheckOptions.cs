using ClientLb.Settings;

namespace ClientLb.Consul.Registration;

/// <summary>One check of a registration. Section <c>ClientLb:Consul:Registration:Checks:{n}</c>.</summary>
public sealed class ConsulCheckOptions
{
    internal const string DefaultPath = "/health";

    /// <summary>The kind of check. Default: <see cref="ConsulCheckType.Ttl"/>, the only one that needs no way from the agent to the server.</summary>
    public ConsulCheckType Type { get; set; } = ConsulCheckType.Ttl;

    /// <summary>
    /// For HTTP the path, <c>/health</c> by default; for gRPC the name of the service to ask for, by default none, which means the whole server.
    /// </summary>
    public string? Path { get; set; }

    /// <summary>How often the agent checks (HTTP, TCP, gRPC). Default 10 s, as in Consul's examples.</summary>
    public TimeSpan Interval { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>How long the agent waits for one check (HTTP, TCP, gRPC). Default 2 s: who takes longer to say that he is well is not.</summary>
    public TimeSpan Timeout { get; set; } = TimeSpan.FromSeconds(2);

    /// <summary>
    /// How long Consul believes the last heartbeat (TTL). Default 15 s: with a heartbeat each third, two may get lost; a killed process is known
    /// after it at the latest.
    /// </summary>
    public TimeSpan Ttl { get; set; } = TimeSpan.FromSeconds(15);

    /// <summary>Whether the agent takes any certificate from the server (HTTP and gRPC over TLS). Default: false.</summary>
    public bool TlsSkipVerify { get; set; }

    internal static SettingsSchema<ConsulCheckOptions> Schema { get; } = new SettingsSchema<ConsulCheckOptions>()
        .Choice(nameof(Type), static o => o.Type, static (o, v) => o.Type = v)
        .Text(nameof(Path), static o => o.Path, static (o, v) => o.Path = v, IsPath, "a path, or the name of a gRPC service")
        .Duration(nameof(Interval), static o => o.Interval, static (o, v) => o.Interval = v, TimeSpan.FromSeconds(1), TimeSpan.FromHours(1))
        .Duration(nameof(Timeout), static o => o.Timeout, static (o, v) => o.Timeout = v, TimeSpan.FromMilliseconds(100), TimeSpan.FromMinutes(5))
        .Duration(nameof(Ttl), static o => o.Ttl, static (o, v) => o.Ttl = v, TimeSpan.FromSeconds(1), TimeSpan.FromHours(24))
        .Flag(nameof(TlsSkipVerify), static o => o.TlsSkipVerify, static (o, v) => o.TlsSkipVerify = v);

    private static bool IsPath(string text) => text.Length > 0 && text.All(static c => c is > ' ' and <= '~');
}
