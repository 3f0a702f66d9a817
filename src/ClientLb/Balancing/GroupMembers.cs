using System.Collections;
using ClientLb.Endpoints;

namespace ClientLb.Balancing;

/// <summary>
/// Members in two arrays that a snapshot, its list of eligible endpoints and its picker share: with thousands of members a change of one should cost
/// what has changed, not a copy for each of them.
/// </summary>
/// <param name="endpoints">The endpoints. Never changed afterwards.</param>
/// <param name="weights">The weight of each, or a single one where all weigh the same.</param>
internal sealed class GroupMembers(Endpoint[] endpoints, float[] weights) : IReadOnlyList<WeightedEndpoint>
{
    public static GroupMembers Empty { get; } = new([], []);

    public Endpoint[] Endpoints => endpoints;

    /// <summary>The weight of each, or a single one where all weigh the same. A float holds every weight of a source exactly.</summary>
    public float[] Weights => weights;

    public int Count => endpoints.Length;

    public WeightedEndpoint this[int index] => new(endpoints[index], weights[weights.Length == 1 ? 0 : index]);

    /// <summary>Makes members; those of before where nothing has changed.</summary>
    /// <param name="endpoints">The endpoints; the array is kept.</param>
    /// <param name="weights">The weight of each; copied.</param>
    /// <param name="before">The members of before.</param>
    public static GroupMembers Of(Endpoint[] endpoints, ReadOnlySpan<float> weights, GroupMembers? before)
    {
        var distinct = weights.Length > 1 && !weights.ContainsAnyExcept(weights[0]) ? weights[..1] : weights;
        if (before is not null && distinct.SequenceEqual(before.Weights))
        {
            return AreSame(endpoints, before.Endpoints) ? before : new(endpoints, before.Weights);
        }

        return new(endpoints, distinct.ToArray());
    }

    public IEnumerator<WeightedEndpoint> GetEnumerator()
    {
        for (var i = 0; i < Count; i++)
        {
            yield return this[i];
        }
    }

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    private static bool AreSame(Endpoint[] one, Endpoint[] other)
    {
        if (ReferenceEquals(one, other))
        {
            return true;
        }

        if (one.Length != other.Length)
        {
            return false;
        }

        for (var i = 0; i < one.Length; i++)
        {
            if (!ReferenceEquals(one[i], other[i]))
            {
                return false;
            }
        }

        return true;
    }
}
