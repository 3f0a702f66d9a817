using ClientLb.Endpoints;
using ClientLb.Health.Checks;
using ClientLb.Settings;

namespace ClientLb.Health;

/// <summary>
/// Active checks: every endpoint of the cluster is asked now and then, apart from any call. Off by default; <see cref="Type"/> turns them on, or
/// <see cref="Check"/> in code.
/// </summary>
public sealed class HealthCheckOptions
{
    internal const string UsualStatuses = "200-299";

    private const string StatusesAllowed = "a list of statuses from 100 to 599 and ranges of them, for example 200-299";

    /// <summary>How endpoints are checked. Default: not at all, because a registry often does so already.</summary>
    public HealthCheckType Type { get; set; }

    /// <summary>
    /// A check of your own, set in code: it turns checks on by itself. It gets a token that ends with <see cref="Timeout"/>, must not block its thread, and
    /// fails when it throws. Default: none.
    /// </summary>
    public Func<Endpoint, CancellationToken, ValueTask<HealthCheckResult>>? Check { get; set; }

    /// <summary>The path of the request, with its query. Default <c>/health</c>.</summary>
    public string Path { get; set; } = "/health";

    /// <summary>The method of the request. Default GET.</summary>
    public string Method { get; set; } = "GET";

    /// <summary>The statuses that pass, each a number or a range. Default, and where both lists are empty: <c>200-299</c>. Redirects are not followed.</summary>
    public IList<string> Statuses { get; } = [UsualStatuses];

    /// <summary>The statuses that pass and say that the endpoint is degraded; they go before <see cref="Statuses"/>. Default: none.</summary>
    public IList<string> DegradedStatuses { get; } = [];

    /// <summary>The check passes only if the answer's body, of which 64 KB are read, contains this text. Default: any body does.</summary>
    public string? BodyContains { get; set; }

    /// <summary>
    /// A text in the body that says that the endpoint is degraded. Default: the answer of an ASP.NET Core health check, which is <c>Degraded</c> and nothing
    /// else, or JSON whose <c>status</c> is <c>Degraded</c>. Empty: no body says so.
    /// </summary>
    public string? DegradedBody { get; set; }

    /// <summary>How often each endpoint is checked, ± 10 %; the checks of a cluster are spread over this time. Default 5 s.</summary>
    public TimeSpan Interval { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>
    /// How often an endpoint is checked that is failing, has failed its last check, or has not passed yet, ± 10 %; never less often than
    /// <see cref="Interval"/>. Default 1 s. Where many endpoints fail, these checks are 100 a second altogether.
    /// </summary>
    public TimeSpan UnhealthyInterval { get; set; } = TimeSpan.FromSeconds(1);

    /// <summary>How long a check may take, at most <see cref="Interval"/>. Default 3 s.</summary>
    public TimeSpan Timeout { get; set; } = TimeSpan.FromSeconds(3);

    /// <summary>An endpoint fails after this many failed checks in a row. Default 3.</summary>
    public int Failures { get; set; } = 3;

    /// <summary>A failing endpoint passes after this many passed checks in a row. Default 2. A newcomer passes with its first.</summary>
    public int Successes { get; set; } = 2;

    /// <summary>The port to check. Default 0: the endpoint's own.</summary>
    public int Port { get; set; }

    /// <summary>True: over TLS, with the certificate checked as usual. Default false.</summary>
    public bool Tls { get; set; }

    /// <summary>
    /// The <c>Host</c> header, or HTTP/2's <c>:authority</c>; without its port also the name for TLS, in SNI and in the certificate. Default: the name of the
    /// cluster, as calls send it.
    /// </summary>
    public string? Host { get; set; }

    /// <summary>The service that gRPC's health service is asked about. Default: empty, which means the server as a whole.</summary>
    public string GrpcService { get; set; } = "";

    internal bool IsOn => Check is not null || Type != HealthCheckType.None;

    /// <summary>Whether the same checks are made in the same way.</summary>
    internal bool IsSameAs(HealthCheckOptions other) => Equals(Check, other.Check) && Schema.IsSame(this, other);

    internal static SettingsSchema<HealthCheckOptions> Schema { get; } = new SettingsSchema<HealthCheckOptions>()
        .Choice(nameof(Type), static o => o.Type, static (o, v) => o.Type = v)
        .Text(nameof(Path), static o => o.Path, static (o, v) => o.Path = v ?? "", IsPath, "a path that begins with / and has no blanks")
        .Text(nameof(Method), static o => o.Method, static (o, v) => o.Method = v ?? "", IsMethod, "the name of an HTTP method, in capital letters")
        .List(nameof(Statuses), static o => o.Statuses, static text => StatusSet.IsPart(text), StatusesAllowed)
        .List(nameof(DegradedStatuses), static o => o.DegradedStatuses, static text => StatusSet.IsPart(text), StatusesAllowed)
        .Text(nameof(BodyContains), static o => o.BodyContains, static (o, v) => o.BodyContains = v)
        .Text(nameof(DegradedBody), static o => o.DegradedBody, static (o, v) => o.DegradedBody = v)
        .Duration(nameof(Interval), static o => o.Interval, static (o, v) => o.Interval = v, TimeSpan.FromMilliseconds(100), TimeSpan.FromHours(1))
        .Duration(nameof(UnhealthyInterval), static o => o.UnhealthyInterval, static (o, v) => o.UnhealthyInterval = v, TimeSpan.FromMilliseconds(100), TimeSpan.FromHours(1))
        .Duration(nameof(Timeout), static o => o.Timeout, static (o, v) => o.Timeout = v, TimeSpan.FromMilliseconds(10), TimeSpan.FromHours(1))
        .Whole(nameof(Failures), static o => o.Failures, static (o, v) => o.Failures = v, 1, 1000)
        .Whole(nameof(Successes), static o => o.Successes, static (o, v) => o.Successes = v, 1, 1000)
        .Whole(nameof(Port), static o => o.Port, static (o, v) => o.Port = v, 0, 65535)
        .Flag(nameof(Tls), static o => o.Tls, static (o, v) => o.Tls = v)
        .Text(nameof(Host), static o => o.Host, static (o, v) => o.Host = v, IsHost, "a host name, with a port or without")
        .Text(nameof(GrpcService), static o => o.GrpcService, static (o, v) => o.GrpcService = v ?? "")
        .Rule(static (path, o, errors) =>
        {
            if (o.Timeout > o.Interval)
            {
                errors.Add($"{path}:{nameof(Timeout)}", Durations.Format(o.Timeout), $"at most {nameof(Interval)} ({Durations.Format(o.Interval)})");
            }

            if (!string.IsNullOrEmpty(o.BodyContains) && o.Method == "HEAD")
            {
                errors.Add($"{path}:{nameof(BodyContains)}", o.BodyContains, $"nothing where {nameof(Method)} is HEAD, which gets no body");
            }

            if (o.Check is not null && o.Type != HealthCheckType.None)
            {
                errors.Add($"{path}:{nameof(Type)}", o.Type, $"None where code sets {nameof(Check)}");
            }
        });

    private static bool IsPath(string text) => text.StartsWith('/') && IsVisible(text) && !text.Contains('#', StringComparison.Ordinal);

    private static bool IsMethod(string text) => text.Length is > 0 and <= 20 && text.All(char.IsAsciiLetterUpper);

    private static bool IsHost(string text) => text.Length > 0 && text.All(static c => char.IsAsciiLetterOrDigit(c) || c is '.' or '-' or '_' or ':' or '[' or ']');

    private static bool IsVisible(string text) => text.All(static c => c is > ' ' and < '\x7f');
}
