using ClientLb.Balancing;
using ClientLb.Endpoints;

namespace Shop;

/// <summary>Of three endpoints drawn at random the one with the least in flight, among those of our zone where there are any.</summary>
public sealed class BestOfThreePolicy(string zone) : ILoadBalancingPolicy
{
    public string Name => "best_of_three";

    public Picker CreatePicker(in PickerInput input)
    {
        var all = input.Members.Where(member => member.Weight > 0).Select(member => member.Endpoint).ToArray();
        var near = all.Where(endpoint => endpoint.Descriptor.Locality?.Zone == zone).ToArray();
        return new BestOfThreePicker(near.Length > 0 ? near : all, all, input.Random);
    }

    // Used by any number of threads at once: what it reads never changes, and it writes nothing.
    private sealed class BestOfThreePicker(Endpoint[] near, Endpoint[] all, IRandomSource random) : Picker
    {
        public override Endpoint? Pick(in PickContext context)
        {
            Endpoint? best = null;
            for (var i = 0; i < 3 && near.Length > 0; i++)
            {
                var drawn = near[random.NextBits() % (ulong)near.Length];
                if (!context.Excludes(drawn) && (best is null || drawn.Load.InFlight < best.Load.InFlight))
                {
                    best = drawn;
                }
            }

            return best ?? FirstAllowed(context);
        }

        // Excluded endpoints have been tried already: any other is better than none.
        private Endpoint? FirstAllowed(in PickContext context)
        {
            foreach (var endpoint in all)
            {
                if (!context.Excludes(endpoint))
                {
                    return endpoint;
                }
            }

            return null;
        }
    }
}
