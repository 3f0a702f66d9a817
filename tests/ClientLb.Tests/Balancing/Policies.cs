using ClientLb.Balancing;

namespace ClientLb.Tests.Balancing;

/// <summary>The policies that the shared tests run over: a new policy is one line here.</summary>
internal static class Policies
{
    private static readonly string[] ByWeight =
    [
        RoundRobinPolicy.PolicyName, RandomPolicy.PolicyName,
        RoundRobinPolicy.WeightedPolicyName, WeightedByLoadPolicy.PolicyName,
    ];

    private static readonly string[] ByLoad =
    [
        LeastRequestPolicy.PolicyName, PeakEwmaPolicy.PolicyName, RecallPolicy.PolicyName,
        LeastConnectionsPolicy.PolicyName, LeastConnectionsPolicy.WeightedPolicyName, LeastResponseTimePolicy.PolicyName,
    ];

    private static readonly string[] ByOrder = [PickFirstPolicy.PolicyName];

    private static readonly string[] ByHash = [SourceHashPolicy.PolicyName, ConsistentHashPolicy.PolicyName, MaglevPolicy.PolicyName, RendezvousPolicy.PolicyName];

    /// <summary>All names.</summary>
    public static string[] Names { get; } = [.. ByWeight, .. ByLoad, .. ByOrder, .. ByHash];

    /// <summary>Those that spread calls over all members.</summary>
    public static TheoryData<string> Spreading { get; } = new([.. ByWeight, .. ByLoad]);

    /// <summary>Those that look at weights alone.</summary>
    public static TheoryData<string> Oblivious { get; } = new(ByWeight);

    /// <summary>Those that look at the load.</summary>
    public static TheoryData<string> LoadAware { get; } = new(ByLoad);

    /// <summary>Those that heed the key of a call; without one they look at weights alone.</summary>
    public static TheoryData<string> Hashing { get; } = new(ByHash);

    /// <summary>All of them.</summary>
    public static TheoryData<string> All { get; } = new(Names);

    public static ILoadBalancingPolicy Find(string name)
    {
        Assert.True(new LoadBalancingPolicies([]).TryGet(name, out var policy, out var error), error);
        return policy;
    }
}
