using ClientLb.Balancing;
using ClientLb.Endpoints;

namespace ClientLb.Tests.Calls;

/// <summary>A policy of somebody's that breaks when the test says so.</summary>
internal sealed class ThrowingPolicy : ILoadBalancingPolicy
{
    public string Name => "throwing";

    /// <summary>A pick for a further attempt throws.</summary>
    public bool ThrowsAtFurtherPicks { get; set; }

    /// <summary>So many of the next picks throw.</summary>
    public int ThrowingPicks { get; set; }

    /// <summary>A report of this number, from 1, throws; 0: none does.</summary>
    public int ThrowsAtReport { get; set; }

    public int Reports { get; private set; }

    public Picker CreatePicker(in PickerInput input) => new ThrowingPicker(this, [.. input.Members.Select(static member => member.Endpoint)]);

    private sealed class ThrowingPicker(ThrowingPolicy policy, Endpoint[] endpoints) : Picker
    {
        public override bool ObservesOutcomes => true;

        public override Endpoint? Pick(in PickContext context)
        {
            if (policy.ThrowsAtFurtherPicks && context.Excluded.Length != 0)
            {
                throw new InvalidOperationException("the picker");
            }

            if (policy.ThrowingPicks > 0)
            {
                policy.ThrowingPicks--;
                throw new InvalidOperationException("the picker");
            }

            foreach (var endpoint in endpoints)
            {
                if (!context.Excludes(endpoint))
                {
                    return endpoint;
                }
            }

            return null;
        }

        public override void OnOutcome(Endpoint endpoint, in AttemptReport report)
        {
            if (++policy.Reports == policy.ThrowsAtReport)
            {
                throw new InvalidOperationException("the observer");
            }
        }
    }
}
