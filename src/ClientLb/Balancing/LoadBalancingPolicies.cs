using System.Diagnostics.CodeAnalysis;
using ClientLb.Settings;

namespace ClientLb.Balancing;

/// <summary>The load-balancing policies of the process, by name: those of the library and those that the application registered.</summary>
public sealed class LoadBalancingPolicies
{
    /// <summary>
    /// The policy of a cluster that names none: <c>recall</c>, because it sees slow, busy, failing and frozen endpoints and has the lowest tail
    /// latencies of all in the simulation.
    /// </summary>
    public const string Default = RecallPolicy.PolicyName;

    private readonly SortedDictionary<string, ILoadBalancingPolicy> _byName = new(StringComparer.OrdinalIgnoreCase);

    /// <summary>Gathers the policies.</summary>
    /// <param name="registered">
    /// The application's. One with the name of a policy of the library replaces it; of two with the same name the last one counts.
    /// </param>
    /// <exception cref="ArgumentException">A registered policy has no name.</exception>
    public LoadBalancingPolicies(IEnumerable<ILoadBalancingPolicy> registered)
    {
        ArgumentNullException.ThrowIfNull(registered);
        Add(new RoundRobinPolicy());
        Add(new RoundRobinPolicy(RoundRobinPolicy.WeightedPolicyName));
        Add(new RandomPolicy());
        Add(new LeastRequestPolicy());
        Add(new LeastConnectionsPolicy());
        Add(new LeastConnectionsPolicy(LeastConnectionsPolicy.WeightedPolicyName));
        Add(new LeastResponseTimePolicy());
        Add(new PickFirstPolicy());
        Add(new WeightedByLoadPolicy());
        Add(new PeakEwmaPolicy());
        Add(new RecallPolicy());
        Add(new SourceHashPolicy());
        Add(new ConsistentHashPolicy());
        Add(new MaglevPolicy());
        Add(new RendezvousPolicy());
        foreach (var policy in registered)
        {
            if (string.IsNullOrWhiteSpace(policy.Name))
            {
                throw new ArgumentException($"The load-balancing policy {policy.GetType()} has no name.", nameof(registered));
            }

            Add(policy);
        }
    }

    /// <summary>The known names, in alphabetical order.</summary>
    public IReadOnlyCollection<string> Names => _byName.Keys;

    /// <summary>Finds a policy.</summary>
    /// <param name="name">Its name; case does not matter.</param>
    /// <param name="policy">The policy, where there is one.</param>
    /// <param name="error">What is wrong with the name, for a person: the known names, and the one that was probably meant.</param>
    /// <returns>Whether there is one.</returns>
    public bool TryGet(
        string? name, [NotNullWhen(true)] out ILoadBalancingPolicy? policy, [NotNullWhen(false)] out string? error)
    {
        policy = null;
        error = name is null || !_byName.TryGetValue(name, out policy) ? Unknown(name ?? "") : null;
        return policy is not null;
    }

    private string Unknown(string name)
    {
        var near = NearName.Find(name, _byName.Keys);
        var hint = near is null ? "" : $" Did you mean '{near}'?";
        return $"There is no load-balancing policy '{name}'.{hint} Known: {string.Join(", ", _byName.Keys)}.";
    }

    private void Add(ILoadBalancingPolicy policy) => _byName[policy.Name] = policy;
}
