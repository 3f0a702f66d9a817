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
        : _last is { } last && ReferenceEquals(last.Members, snapshot.Members) ? last.Picker
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
            if (last is not null && ReferenceEquals(last.Members, snapshot.Members))
            {
                return last.Picker;
            }

            var picker = snapshot.Members.Count == 0 ? Picker.None : compiler.CreatePicker(new PickerInput
            {
                Members = snapshot.Members,
                GroupKey = "",
                Options = snapshot.Options.LoadBalancing,
                Previous = last?.Picker,
                Random = random,
                Clock = cluster.Clock,
            });
            _last = new Compiled(snapshot.Members, picker);
            return picker;
        }
    }

    private sealed record Compiled(IReadOnlyList<WeightedEndpoint> Members, Picker Picker);
}
