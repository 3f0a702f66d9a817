using ClientLb.Calls;
using ClientLb.Http.Grpc;
using ClientLb.Settings;

namespace ClientLb.Http;

/// <summary>The settings of one load-balanced HTTP client: section <c>ClientLb:Clients:{name}</c>.</summary>
public sealed class LoadBalancedClientOptions
{
    /// <summary>The section below which every client has its own.</summary>
    public const string Section = "ClientLb:Clients";

    /// <summary>
    /// The defaults of <see cref="Retry"/> and of <see cref="TimeoutOptions.Attempt"/>. Default <see cref="Settings.Preset.Standard"/>. The budget of retries is the cluster's:
    /// <see cref="Clusters.ClusterOptions.Preset"/>.
    /// </summary>
    public Preset Preset
    {
        get;
        set
        {
            field = value;
            Retry.Preset = PresetNumbers.Of(value);
            Timeouts.Preset = Retry.Preset;
        }
    }

    /// <summary>The clocks.</summary>
    public TimeoutOptions Timeouts { get; } = new();

    /// <summary>How it tells servers for how long it waits.</summary>
    public DeadlineOptions Deadlines { get; } = new();

    /// <summary>How it tries again.</summary>
    public RetryOptions Retry { get; } = new();

    /// <summary>Whether it sends a second attempt of a call that takes long. Off by default.</summary>
    public HedgingOptions Hedging { get; } = new();

    /// <summary>What counts as a failure.</summary>
    public OutcomeOptions Outcomes { get; } = new();

    /// <summary>How it treats gRPC calls.</summary>
    public GrpcOptions Grpc { get; } = new();

    /// <summary>Whether small bodies are read before the caller gets the answer, so that one that breaks off is tried again. Off by default.</summary>
    public BufferResponsesOptions BufferResponses { get; } = new();

    /// <summary>
    /// A header that every call gets with an id of its own, the same in all its attempts, where the request has none: usually <c>X-Request-ID</c>. A request that has one keeps
    /// it on all attempts in any case. Default empty: none is made, because it must be there from the first attempt on, and costs every call for the few that have a second.
    /// </summary>
    public string RequestIdHeader { get; set; } = "";

    /// <summary>How many redirects are followed. Default 50, as in <see cref="HttpClientHandler"/>; 0 returns them to the caller.</summary>
    public int MaxRedirects { get; set; } = 50;

    /// <summary>Keeps cookies, in one container for the client. Default true, as in <see cref="HttpClientHandler"/>. With connections of its own only.</summary>
    public bool UseCookies { get; set; } = true;

    /// <summary>
    /// The most connections that the client opens to one endpoint; further attempts wait for one, within their time. Default 0: no limit. With connections of its own
    /// only, read once, and counted for http and https apart. Over HTTP/2 one connection carries many requests, and a further one is opened when its streams are used
    /// up: an attempt that would need one more than these, and finds no free stream within 9/10 of <see cref="TimeoutOptions.Connect"/>, goes to another endpoint, and counts against
    /// nobody. To bound requests, set <see cref="Admission.LimitOptions.EndpointInFlight"/>.
    /// </summary>
    public int MaxConnectionsPerEndpoint { get; set; }

    /// <summary>
    /// How many connections, TLS included, an endpoint gets before it is eligible: one that comes after the first list, or comes back after it had drained. Nothing is sent
    /// over them. Never more than <see cref="MaxConnectionsPerEndpoint"/>; over HTTP/2 one is opened, as one serves all calls. They are for what the client's last call to the cluster was for: scheme, host, port and version. An
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
        .Section(nameof(Deadlines), static o => o.Deadlines, DeadlineOptions.Schema)
        .Text(nameof(RequestIdHeader), static o => o.RequestIdHeader ?? "", static (o, v) => o.RequestIdHeader = v ?? "", HeaderCopy.IsNameOrEmpty, HeaderCopy.NameOrEmpty)
        .Section(nameof(Hedging), static o => o.Hedging, HedgingOptions.Schema)
        .Section(nameof(Outcomes), static o => o.Outcomes, OutcomeOptions.Schema)
        .Section(nameof(Grpc), static o => o.Grpc, GrpcOptions.Schema)
        .Choice(nameof(Preset), static o => o.Preset, static (o, v) => o.Preset = v)
        .Section(nameof(BufferResponses), static o => o.BufferResponses, BufferResponsesOptions.Schema)
        .Whole(nameof(MaxRedirects), static o => o.MaxRedirects, static (o, v) => o.MaxRedirects = v, 0, 1000)
        .Whole(nameof(Preconnect), static o => o.Preconnect, static (o, v) => o.Preconnect = v, 0, 100)
        .Flag(nameof(UseCookies), static o => o.UseCookies, static (o, v) => o.UseCookies = v)
        .Whole(nameof(MaxConnectionsPerEndpoint), static o => o.MaxConnectionsPerEndpoint, static (o, v) => o.MaxConnectionsPerEndpoint = v, 0, 1_000_000);
}
