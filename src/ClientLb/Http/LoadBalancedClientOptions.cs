using ClientLb.Calls;
using ClientLb.Settings;

namespace ClientLb.Http;

/// <summary>The settings of one load-balanced HTTP client: section <c>ClientLb:Clients:{name}</c>.</summary>
public sealed class LoadBalancedClientOptions
{
    /// <summary>The section below which every client has its own.</summary>
    public const string Section = "ClientLb:Clients";

    /// <summary>The clocks.</summary>
    public TimeoutOptions Timeouts { get; } = new();

    /// <summary>How it tries again.</summary>
    public RetryOptions Retry { get; } = new();

    /// <summary>How many redirects are followed. Default 50, as in <see cref="HttpClientHandler"/>; 0 returns them to the caller.</summary>
    public int MaxRedirects { get; set; } = 50;

    /// <summary>Keeps cookies, in one container for the client. Default true, as in <see cref="HttpClientHandler"/>. With connections of its own only.</summary>
    public bool UseCookies { get; set; } = true;

    /// <summary>
    /// How many connections, TLS included, an endpoint gets before it is eligible: one that comes after the first list, or comes back after it had drained. Nothing is sent
    /// over them. Over HTTP/2 one is opened, as one serves all calls. They are for what the client's last call to the cluster was for: scheme, host, port and version. An
    /// endpoint that can't be reached is held no longer than <see cref="TimeoutOptions.Connect"/> and 1 s. Default 0: the first calls open them. With connections of
    /// its own only; read once.
    /// </summary>
    public int Preconnect { get; set; }

    /// <summary>
    /// Configures the handler that each endpoint gets, for example its TLS options. In code only, read once. Not for proxies, redirects,
    /// cookies and <c>ConnectCallback</c>, which belong to the load balancer.
    /// </summary>
    public Action<SocketsHttpHandler>? ConfigureConnections { get; set; }

    internal static SettingsSchema<LoadBalancedClientOptions> Schema { get; } = new SettingsSchema<LoadBalancedClientOptions>()
        .Section(nameof(Timeouts), static o => o.Timeouts, TimeoutOptions.Schema)
        .Section(nameof(Retry), static o => o.Retry, RetryOptions.Schema)
        .Whole(nameof(MaxRedirects), static o => o.MaxRedirects, static (o, v) => o.MaxRedirects = v, 0, 1000)
        .Whole(nameof(Preconnect), static o => o.Preconnect, static (o, v) => o.Preconnect = v, 0, 100)
        .Flag(nameof(UseCookies), static o => o.UseCookies, static (o, v) => o.UseCookies = v);
}
