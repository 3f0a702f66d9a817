using ClientLb.AspNetCore.Reports;
using ClientLb.Settings;

namespace ClientLb.AspNetCore;

/// <summary>What <c>UseClientLb()</c> does for the requests of this server. Section <c>ClientLb:Server</c>. Read once, at the start.</summary>
public sealed class ClientLbServerOptions
{
    /// <summary>The section.</summary>
    public const string SectionName = "ClientLb:Server";

    private const int MostRequests = 1_000_000;

    /// <summary>
    /// The headers in which callers say for how many milliseconds they wait, as digits. With several in a request the shortest time counts.
    /// Default: <c>X-Request-Timeout-Ms</c>, which ClientLb's clients send with calls that have a deadline (all, with <c>Deadlines:Send = Always</c>). Envoy's is <c>x-envoy-expected-rq-timeout-ms</c>.
    /// </summary>
    public IList<string> DeadlineHeaders { get; } = ["X-Request-Timeout-Ms"];

    /// <summary>Whether <c>grpc-timeout</c> is read from gRPC requests. Default: true.</summary>
    public bool GrpcTimeout { get; set; } = true;

    /// <summary>The longest deadline; a caller that asks for more gets this much. Default 1 h: nothing that an ordinary caller notices. From 1 ms to 24 h.</summary>
    public TimeSpan MaxDeadline { get; set; } = TimeSpan.FromHours(1);

    /// <summary>
    /// How many requests may run at once; more wait in the queue or are refused. Default 0: no limit, because only you know what the server can do. Up to 1,000,000.
    /// </summary>
    public int MaxConcurrentRequests { get; set; }

    /// <summary>
    /// How many requests may wait for a place, first come, first served. Default 0: at the limit a request is refused at once, and its caller goes
    /// elsewhere. Up to 1,000,000.
    /// </summary>
    public int QueueLength { get; set; }

    /// <summary>
    /// What a refusal asks for in <c>Retry-After</c>: a whole number of seconds, by chance from this to twice this, so that callers don't return all at
    /// once. Default 1 s, the least that the header can say. From 1 s to 5 min.
    /// </summary>
    public TimeSpan RetryAfter { get; set; } = TimeSpan.FromSeconds(1);

    /// <summary>Paths that are left alone, with everything below them: neither limited nor counted. Default: <c>/health</c>.</summary>
    public IList<string> Exempt { get; } = ["/health"];

    /// <summary>
    /// The header of answers with the number of requests in flight, the answered one included. Default <c>x-requests-in-flight</c>, which the policy
    /// <c>recall</c> reads; empty: none.
    /// </summary>
    public string? InFlightHeader { get; set; } = "x-requests-in-flight";

    /// <summary>Whether and how answers carry ORCA's figures, which the policy <c>weighted_by_load</c> reads. Default: none.</summary>
    public LoadReportFormat LoadReport { get; set; }

    /// <summary>
    /// The utilization as the application sees it, in shares of what it can bear; it may be above 1. Code only; asked once a second. Default: none,
    /// the processors' utilization counts.
    /// </summary>
    public Func<double>? ApplicationUtilization { get; set; }

    /// <summary>
    /// More figures by name, sent as <c>named_metrics.NAME</c>: at most 20, names of up to 64 letters, digits, <c>_</c>, <c>-</c> and <c>.</c>. Code only;
    /// asked once a second. Default: none.
    /// </summary>
    public IDictionary<string, Func<double>> Metrics { get; } = new Dictionary<string, Func<double>>(StringComparer.Ordinal);

    /// <summary>What may be set, and to what.</summary>
    internal static SettingsSchema<ClientLbServerOptions> Schema { get; } = new SettingsSchema<ClientLbServerOptions>()
        .List(nameof(DeadlineHeaders), static o => o.DeadlineHeaders, IsHeaderName, "a list of headers' names: letters, digits, - _ .")
        .Flag(nameof(GrpcTimeout), static o => o.GrpcTimeout, static (o, v) => o.GrpcTimeout = v)
        .Duration(nameof(MaxDeadline), static o => o.MaxDeadline, static (o, v) => o.MaxDeadline = v, TimeSpan.FromMilliseconds(1), TimeSpan.FromHours(24))
        .Whole(nameof(MaxConcurrentRequests), static o => o.MaxConcurrentRequests, static (o, v) => o.MaxConcurrentRequests = v, 0, MostRequests)
        .Whole(nameof(QueueLength), static o => o.QueueLength, static (o, v) => o.QueueLength = v, 0, MostRequests)
        .Duration(nameof(RetryAfter), static o => o.RetryAfter, static (o, v) => o.RetryAfter = v, TimeSpan.FromSeconds(1), TimeSpan.FromMinutes(5))
        .List(nameof(Exempt), static o => o.Exempt, IsPrefix, "a list of paths that begin with / and do not end with it")
        .Text(nameof(InFlightHeader), static o => o.InFlightHeader, static (o, v) => o.InFlightHeader = v,
            static v => v.Length == 0 || IsHeaderName(v), "the name of a header (letters, digits, - _ .), or nothing")
        .Choice(nameof(LoadReport), static o => o.LoadReport, static (o, v) => o.LoadReport = v)
        .Rule(Check);

    private static void Check(string path, ClientLbServerOptions options, SettingErrors errors)
    {
        if (options.QueueLength > 0 && options.MaxConcurrentRequests == 0)
        {
            errors.Add(path + ":" + nameof(QueueLength), options.QueueLength, "0 where MaxConcurrentRequests is 0: nothing ever waits there");
        }

        if (options.Metrics.Count > OrcaFigures.MostMetrics)
        {
            errors.Add(path + ":" + nameof(Metrics), options.Metrics.Count, FormattableString.Invariant($"at most {OrcaFigures.MostMetrics} names"));
        }

        foreach (var (name, read) in options.Metrics)
        {
            if (!OrcaFigures.IsName(name) || read is null)
            {
                errors.Add(path + ":" + nameof(Metrics), name, "a name of up to 64 letters, digits, _ - and ., with a function");
            }
        }
    }

    private static bool IsHeaderName(string name) => name.Length > 0 && name.All(static c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_' or '.');

    private static bool IsPrefix(string path) => path.Length > 1 && path[0] == '/' && path[^1] != '/';
}
