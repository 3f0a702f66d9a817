using ClientLb.Endpoints;

namespace ClientLb.Balancing;

/// <summary>
/// The members over which keys are laid, in the order of their Ids: what is computed from them is the same in every process, whatever the order
/// of its source.
/// </summary>
internal sealed class HashGroup
{
    private readonly IReadOnlyList<WeightedEndpoint> _announced;
    private readonly Dictionary<Endpoint, int> _indices;

    private HashGroup(IReadOnlyList<WeightedEndpoint> announced, WeightedEndpoint[] sorted)
    {
        _announced = announced;
        var group = WeightedGroup.From(sorted);
        Endpoints = group.Endpoints;
        Weights = group.Weights();
        IsUniform = group.IsUniform;
        Given = Array.ConvertAll(sorted, static member => member.Weight);
        Seeds = new ulong[sorted.Length];
        _indices = new Dictionary<Endpoint, int>(sorted.Length);
        for (var i = 0; i < sorted.Length; i++)
        {
            // An Id that is there twice, at two addresses, must not be two members at the same places: the second would get nothing.
            var endpoint = Endpoints[i];
            Seeds[i] = i > 0 && endpoint.Id == Endpoints[i - 1].Id
                ? StableHash.Of(endpoint.Authority, StableHash.Of(endpoint.Id))
                : StableHash.Of(endpoint.Id);
            _indices[endpoint] = i;
        }
    }

    public Endpoint[] Endpoints { get; }

    public int Count => Endpoints.Length;

    /// <summary>The weights relative to their mean.</summary>
    public double[] Weights { get; }

    /// <summary>The weights as they were given.</summary>
    public double[] Given { get; }

    /// <summary>True when all weigh the same.</summary>
    public bool IsUniform { get; }

    /// <summary>The hash of each member's Id: where it lies on a ring, or in a table.</summary>
    public ulong[] Seeds { get; }

    public static HashGroup From(IReadOnlyList<WeightedEndpoint> announced)
    {
        var sorted = new List<WeightedEndpoint>(announced.Count);
        for (var i = 0; i < announced.Count; i++)
        {
            if (announced[i].Weight > 0)
            {
                sorted.Add(announced[i]);
            }
        }

        sorted.Sort(static (a, b) => Compare(a.Endpoint, b.Endpoint));
        return new HashGroup(announced, [.. sorted]);
    }

    /// <summary>Whether the group is made of these endpoints with these weights, in any order.</summary>
    public bool IsOver(IReadOnlyList<WeightedEndpoint> announced)
    {
        if (ReferenceEquals(_announced, announced) || _announced.SequenceEqual(announced))
        {
            return true;
        }

        var known = 0;
        for (var i = 0; i < announced.Count; i++)
        {
            var (endpoint, weight) = announced[i];
            if (weight > 0)
            {
                if (!_indices.TryGetValue(endpoint, out var index) || !Given[index].Equals(weight))
                {
                    return false;
                }

                known++;
            }
        }

        return known == Count;
    }

    /// <summary>The members that may be picked, each at its index; <see langword="null"/> at the others.</summary>
    public Endpoint?[] Open(Endpoint[] eligible)
    {
        var open = new Endpoint?[Count];
        foreach (var endpoint in eligible)
        {
            if (_indices.TryGetValue(endpoint, out var index))
            {
                open[index] = endpoint;
            }
        }

        return open;
    }

    private static int Compare(Endpoint a, Endpoint b)
    {
        var byId = string.CompareOrdinal(a.Id, b.Id);
        return byId != 0 ? byId : string.CompareOrdinal(a.Authority, b.Authority);
    }
}
