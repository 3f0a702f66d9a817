using ClientLb.Admission;
using ClientLb.Affinity;
using ClientLb.Balancing;
using ClientLb.Discovery;
using ClientLb.Health;
using ClientLb.Settings;

namespace ClientLb.Clusters;

/// <summary>The settings of one cluster: section <c>ClientLb:Clusters:{name}</c>.</summary>
public sealed class ClusterOptions
{
    /// <summary>The section below which every cluster has its own.</summary>
    public const string Section = "ClientLb:Clusters";

    /// <summary>The name of the service in the registry. Default: the name of the cluster.</summary>
    public string? Service { get; set; }

    /// <summary>The defaults of <see cref="RetryBudget"/>, which all clients of the cluster share. Default <see cref="Settings.Preset.Standard"/>.</summary>
    public Preset Preset
    {
        get;
        set
        {
            field = value;
            RetryBudget.Preset = PresetNumbers.Of(value);
        }
    }

    /// <summary>The load-balancing policy, by its name. Default <c>recall</c>.</summary>
    public string Policy { get; set; } = LoadBalancingPolicies.Default;

    /// <summary>What the policy may be told beside its name.</summary>
    public LoadBalancingOptions LoadBalancing { get; } = new();

    /// <summary>Where a call's key comes from, for the policies that send equal keys to the same endpoint. Default: calls have no key.</summary>
    public HashKeyOptions HashKey { get; } = new();

    /// <summary>A source for this cluster alone, set in code. Default: the first registered one that serves the cluster.</summary>
    public IEndpointSource? Source { get; set; }

    /// <summary>
    /// The names of sources in order of preference: endpoints of a later one are used only where no eligible one of an earlier one is left. Those
    /// that do not know the cluster are left out. <see cref="Source"/> is among them under its own name. Default: none, which means
    /// <see cref="Source"/>, or else the first registered one that serves the cluster. Read once, when the cluster starts.
    /// </summary>
    public IList<string> Sources { get; } = [];

    /// <summary>How the host names among its endpoints are looked up. Read once, when the cluster starts.</summary>
    public DnsOptions Dns { get; } = new();

    /// <summary>How long a first call waits for the first list of endpoints. Default 5 s.</summary>
    public TimeSpan FirstResolution { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>
    /// How long calls and streams in flight at an endpoint that is gone or drains may take. What goes on after that is said in the log, and cut off where
    /// <see cref="CancelOnDrainTimeout"/> says so. Default 30 s: as long as servers usually wait for their own calls when they stop.
    /// </summary>
    public TimeSpan Drain { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>
    /// True: what is still in flight when <see cref="Drain"/> is over is cut off. Calls that may be repeated go to another endpoint; others fail, and bodies and streams
    /// break off, as far as their connections are the client's own. Default false: nothing that works is ended.
    /// </summary>
    public bool CancelOnDrainTimeout { get; set; }

    /// <summary>
    /// An endpoint that answered within this time stays in use when the list becomes empty, or loses more than half of four or more
    /// endpoints, in one update. Default 60 s.
    /// </summary>
    public TimeSpan UnlistedGrace { get; set; } = TimeSpan.FromSeconds(60);

    /// <summary>What takes an endpoint out of use.</summary>
    public OutlierDetectionOptions OutlierDetection { get; } = new();

    /// <summary>How endpoints are checked apart from calls. Off by default.</summary>
    public HealthCheckOptions HealthCheck { get; } = new();

    /// <summary>How many retries the cluster's clients may add.</summary>
    public RetryBudgetOptions RetryBudget { get; } = new();

    /// <summary>How much may be in flight.</summary>
    public LimitOptions Limits { get; } = new();

    /// <summary>A breaker over all calls of the cluster. Off by default.</summary>
    public BreakerOptions Breaker { get; } = new();

    internal static SettingsSchema<ClusterOptions> Schema { get; } = new SettingsSchema<ClusterOptions>()
        .Text(nameof(Service), static o => o.Service, static (o, v) => o.Service = v, static v => v.Trim().Length > 0, "a name that is not empty")
        .Choice(nameof(Preset), static o => o.Preset, static (o, v) => o.Preset = v)
        .Text(nameof(Policy), static o => o.Policy, static (o, v) => o.Policy = v ?? "", static v => v.Trim().Length > 0, "the name of a policy")
        .List(nameof(Sources), static o => o.Sources, IsSourceName, "a list of names of sources, each given once")
        .Section(nameof(Dns), static o => o.Dns, DnsOptions.Schema)
        .Section(nameof(LoadBalancing), static o => o.LoadBalancing, LoadBalancingOptions.Schema)
        .Section(nameof(HashKey), static o => o.HashKey, HashKeyOptions.Schema)
        .Duration(nameof(FirstResolution), static o => o.FirstResolution, static (o, v) => o.FirstResolution = v, TimeSpan.FromMilliseconds(1), TimeSpan.FromMinutes(10))
        .Duration(nameof(Drain), static o => o.Drain, static (o, v) => o.Drain = v, TimeSpan.Zero, TimeSpan.FromHours(24))
        .Flag(nameof(CancelOnDrainTimeout), static o => o.CancelOnDrainTimeout, static (o, v) => o.CancelOnDrainTimeout = v)
        .Duration(nameof(UnlistedGrace), static o => o.UnlistedGrace, static (o, v) => o.UnlistedGrace = v, TimeSpan.Zero, TimeSpan.FromHours(24))
        .Section(nameof(OutlierDetection), static o => o.OutlierDetection, OutlierDetectionOptions.Schema)
        .Section(nameof(HealthCheck), static o => o.HealthCheck, HealthCheckOptions.Schema)
        .Section(nameof(RetryBudget), static o => o.RetryBudget, RetryBudgetOptions.Schema)
        .Section(nameof(Limits), static o => o.Limits, LimitOptions.Schema)
        .Section(nameof(Breaker), static o => o.Breaker, BreakerOptions.Schema)
        .ReadElsewhere("Endpoints")
        .ReadElsewhere("Consul")
        .Rule(static (path, o, errors) =>
        {
            foreach (var twice in o.Sources.GroupBy(static name => name, StringComparer.OrdinalIgnoreCase).Where(static group => group.Skip(1).Any()))
            {
                errors.Add($"{path}:{nameof(Sources)}", twice.Key, "a name that is given once");
            }
        });

    // The default name is that of a type.
    private static bool IsSourceName(string name) =>
        name.Length > 0 && name.All(static c => char.IsLetterOrDigit(c) || c is '_' or '-' or '.' or '`');
}
