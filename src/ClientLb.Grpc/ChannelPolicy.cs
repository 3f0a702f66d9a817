using ClientLb.Balancing;
using ClientLb.Clusters;
using ClientLb.Endpoints;

namespace ClientLb.Grpc;

/// <summary>The picker of a channel: the cluster's own, or another policy's over the same endpoints with the same health.</summary>
internal sealed class ChannelPolicy(Cluster cluster, ILoadBalancingPolicy? policy, IRandomSource random) : IOutcomeObserver
{
    private readonly Lock _gate = new();
    private volatile Compiled? _last;

    /// <summary>The picker for a snapshot.</summary>
    public Picker Of(ClusterSnapshot snapshot) =>
        policy is null ? snapshot.Picker
        : _last is { } last && ReferenceEquals(last.Members, snapshot.Members) && (!policy.NeedsAnnounced || ReferenceEquals(last.Snapshot, snapshot)) ? last.Picker
        : Compile(snapshot, policy);

    /// <summary>Policies of a channel's own learn from all attempts at the cluster, not from the channel's alone.</summary>
    public void OnOutcome(Endpoint endpoint, in AttemptReport report)
    {
        if (_last is { Picker: { ObservesOutcomes: true } picker })
        {
            picker.OnOutcome(endpoint, report);
        }
    }

    private Picker Compile(ClusterSnapshot snapshot, ILoadBalancingPolicy compiler)
    {
        lock (_gate)
        {
            var last = _last;
            var announced = compiler.NeedsAnnounced ? Announced(snapshot) : null;
            if (last is not null && ReferenceEquals(last.Members, snapshot.Members) && (announced is null || announced.SequenceEqual(last.Announced!)))
            {
                _last = last with { Snapshot = snapshot };
                return last.Picker;
            }

            var picker = snapshot.Members.Count == 0 ? Picker.None : compiler.CreatePicker(new PickerInput
            {
                Members = snapshot.Members,
                Announced = announced,
                GroupKey = "",
                Options = snapshot.Options.LoadBalancing,
                Previous = last?.Picker,
                Random = random,
                Clock = cluster.Clock,
            });
            _last = new Compiled(snapshot, snapshot.Members, announced, picker);
            return picker;
        }
    }

    /// <summary>Who belongs to the group in use, whatever health says of them now: an ejection must move nobody else's keys.</summary>
    private static List<WeightedEndpoint> Announced(ClusterSnapshot snapshot) => snapshot.Eligible is not [var first, ..] ? []
        : [.. snapshot.Endpoints
            .Where(endpoint => endpoint.Descriptor.Weight > 0 && endpoint.Descriptor.Priority == first.Descriptor.Priority && !endpoint.Load.IsRetired && !snapshot.Leaving.Contains(endpoint))
            .Select(static endpoint => new WeightedEndpoint(endpoint, endpoint.Descriptor.Weight))];

    private sealed record Compiled(ClusterSnapshot Snapshot, IReadOnlyList<WeightedEndpoint> Members, List<WeightedEndpoint>? Announced, Picker Picker);
}
