using ClientLb.Affinity;
using ClientLb.Balancing;
using ClientLb.Endpoints;

namespace ClientLb.Clusters;

/// <summary>Everything that an attempt needs to know of a cluster, at one moment. Immutable; replaced as a whole.</summary>
public sealed class ClusterSnapshot
{
    internal ClusterSnapshot(long version, ClusterOptions options)
    {
        Version = version;
        Options = options;
    }

    /// <summary>Counts publications.</summary>
    public long Version { get; }

    /// <summary>The options that it was built from.</summary>
    public ClusterOptions Options { get; }

    /// <summary>True once a source has given a list.</summary>
    public bool IsResolved { get; internal init; }

    /// <summary>Every live endpoint, draining and unlisted ones included.</summary>
    public IReadOnlyList<Endpoint> Endpoints { get; internal init; } = [];

    /// <summary>The endpoints that may be picked.</summary>
    public IReadOnlyList<Endpoint> Eligible { get; internal init; } = [];

    /// <summary>Why endpoints that are out are eligible all the same.</summary>
    public Eligibility Eligibility { get; internal init; }

    /// <summary>True when too little is left by soft evidence, so that soft-ejected endpoints are eligible again.</summary>
    public bool IsPanic => Eligibility != Eligibility.Normal;

    /// <summary>Which exclusions a lease overlooks while this snapshot is in force.</summary>
    internal LeaseRule Rule => Eligibility switch
    {
        Eligibility.Normal => LeaseRule.Normal,
        Eligibility.Panic => LeaseRule.OverlookSoft,
        _ => LeaseRule.OverlookAll,
    };

    /// <summary>The policy compiled over the eligible endpoints.</summary>
    public Picker Picker { get; internal init; } = Picker.None;

    /// <summary>Healthy endpoints of later priorities, those of the best one first.</summary>
    internal Endpoint[] Reserve { get; init; } = [];

    /// <summary>True where the eligible endpoints run in more than one place: a further attempt goes to another one first.</summary>
    internal bool HasZones { get; init; }

    /// <summary>Endpoints that are no longer announced and finish what they have.</summary>
    internal IReadOnlySet<Endpoint> Leaving { get; init; } = new HashSet<Endpoint>();

    /// <summary>Endpoints that are in use though the list does not name them.</summary>
    internal IReadOnlySet<Endpoint> Unlisted { get; init; } = new HashSet<Endpoint>();

    /// <summary>Endpoints on probation, and those that want a witness: the lease offers them to calls that can be repeated.</summary>
    internal Endpoint[] OnProbation { get; init; } = [];

    /// <summary>How long an attempt on probation may take, in ticks: three times what healthy endpoints need for 99 % of theirs, at least the stall time.</summary>
    internal long ProbationTicks { get; init; }

    /// <summary>The policy behind the picker: another one means that nothing is taken over.</summary>
    internal ILoadBalancingPolicy? Policy { get; init; }

    /// <summary>All endpoints of the members' group, where the policy asks for them.</summary>
    internal GroupMembers? Announced { get; init; }

    /// <summary>Where a call's key comes from; <see langword="null"/> where calls have none.</summary>
    internal HashKeyOptions? HashKey { get; init; }

    /// <summary>The members of the picker with their weights: unchanged ones keep the picker.</summary>
    internal GroupMembers Members { get; init; } = GroupMembers.Empty;

    /// <summary>When the last member has its whole weight, in ticks; 0 where all have.</summary>
    internal long StartingUntil { get; init; }

    /// <summary>True where the cluster has a limit of its own or a queue: leases are had through its <see cref="ClusterGate"/>.</summary>
    internal bool IsGated => Options.Limits is { InFlight: > 0 } or { QueueLength: > 0 };

    /// <summary>Which reports of load are read from answers; <see langword="null"/>: none.</summary>
    internal LoadReportWish? LoadReports { get; init; }
}
