using ClientLb.Balancing;
using ClientLb.Endpoints;

namespace ClientLb.Tests.Balancing;

/// <summary>Live endpoints with weights, and the pickers over them.</summary>
internal sealed class Fleet
{
    /// <summary>A moment well after the birth of every endpoint.</summary>
    public const long Now = 1_000_000 * TimeSpan.TicksPerSecond;

    private static readonly MonotonicClock Clock = new();

    public Fleet(params double[] weights)
    {
        Members = new WeightedEndpoint[weights.Length];
        for (var i = 0; i < weights.Length; i++)
        {
            Members[i] = new WeightedEndpoint(new Endpoint(new EndpointDescriptor("10.0.0.1", i + 1), Clock), weights[i]);
        }
    }

    public WeightedEndpoint[] Members { get; }

    public int Count => Members.Length;

    public Endpoint this[int index] => Members[index].Endpoint;

    public static Fleet OfEqual(int count) => new(Enumerable.Repeat(1.0, count).ToArray());

    public static int IndexOf(Endpoint endpoint) => endpoint.Port - 1;

    public Picker Compile(string policy, ulong seed = 1, Picker? previous = null, LoadBalancingOptions? options = null) =>
        Compile(policy, new SeededRandomSource(seed), previous, options);

    /// <summary>A picker of which only some members may be picked, though all are announced.</summary>
    public Picker CompileOpen(string policy, IEnumerable<int> open, Picker? previous = null, double boundedLoad = 0)
    {
        var options = new LoadBalancingOptions { BoundedLoad = boundedLoad };
        return Policies.Find(policy).CreatePicker(new PickerInput
        {
            Members = [.. open.Select(index => Members[index])],
            Announced = [.. Members],
            GroupKey = "",
            Options = options,
            Previous = previous,
            Random = new SeededRandomSource(1),
            Clock = Clock,
        });
    }

    public Picker Compile(string policy, IRandomSource random, Picker? previous = null, LoadBalancingOptions? options = null) => Policies.Find(policy).CreatePicker(new PickerInput
    {
        Members = Members,
        GroupKey = "",
        Previous = previous,
        Options = options,
        Random = random,
        Clock = Clock,
    });

    /// <summary>Picks that nobody sends: how often each endpoint comes.</summary>
    public int[] CountPicks(Picker picker, int picks, params Endpoint[] excluded)
    {
        var counts = new int[Count];
        for (var i = 0; i < picks; i++)
        {
            counts[IndexOf(picker.Pick(new PickContext(Now, excluded))!)]++;
        }

        return counts;
    }

    /// <summary>Where each of so many keys goes.</summary>
    public static int[] Owners(Picker picker, int keys, params Endpoint[] excluded) =>
        [.. Enumerable.Range(0, keys).Select(key => OwnerOf(picker, (ulong)key, excluded))];

    public static int OwnerOf(Picker picker, ulong key, params Endpoint[] excluded) =>
        picker.Pick(new PickContext(Now, excluded) { HashKey = StableHash.Of(key, 0), HasHashKey = true }) is { } endpoint ? IndexOf(endpoint) : -1;

    public void Hold(int index, int leases)
    {
        for (var i = 0; i < leases; i++)
        {
            Assert.True(this[index].Load.TryAcquire(Now, LeaseRule.Normal));
        }
    }
}
