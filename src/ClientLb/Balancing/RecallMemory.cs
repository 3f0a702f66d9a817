using System.Numerics;
using System.Runtime.CompilerServices;
using ClientLb.Endpoints;

namespace ClientLb.Balancing;

/// <summary>
/// The memory of a group, in parts that threads share by chance, so that they do not contend for it. It goes from picker to picker; endpoints that are
/// no members any more are forgotten, and a late answer of one is not remembered.
/// </summary>
internal sealed class RecallMemory
{
    private readonly RecallShard[] _shards;
    private readonly HashSet<Endpoint> _gone;
    private readonly Func<int>? _choose;

    /// <param name="shards">How many parts; a power of two.</param>
    /// <param name="choose">Which part it is, in a simulation; by thread where there is none.</param>
    public RecallMemory(int shards, Func<int>? choose = null)
        : this([.. Enumerable.Range(0, shards).Select(static _ => new RecallShard())], [], choose)
    {
    }

    private RecallMemory(RecallShard[] shards, HashSet<Endpoint> gone, Func<int>? choose)
    {
        _shards = shards;
        _gone = gone;
        _choose = choose;
    }

    /// <summary>As many parts as there are processors, up to 16.</summary>
    public static int UsualShards => (int)BitOperations.RoundUpToPowerOf2((uint)Math.Clamp(Environment.ProcessorCount, 1, 16));

    /// <summary>The part of the calling thread.</summary>
    public RecallShard Shard
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => _shards[(_choose is null ? Environment.CurrentManagedThreadId : _choose()) & (_shards.Length - 1)];
    }

    /// <summary>Whether an endpoint has left the group.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public bool IsGone(Endpoint endpoint) => _gone.Count != 0 && _gone.Contains(endpoint);

    /// <summary>The memory of the same group with other members.</summary>
    public RecallMemory For(Endpoint[] before, Endpoint[] after)
    {
        var start = 0;
        var shorter = Math.Min(before.Length, after.Length);
        while (start < shorter && ReferenceEquals(before[start], after[start]))
        {
            start++;
        }

        var end = 0;
        while (end < shorter - start && ReferenceEquals(before[^(end + 1)], after[^(end + 1)]))
        {
            end++;
        }

        // What has left may still have attempts out; what is retired has none.
        var gone = new HashSet<Endpoint>(_gone.Where(static endpoint => !endpoint.Load.IsRetired), ReferenceEqualityComparer.Instance);
        gone.UnionWith(before[start..^end]);
        gone.ExceptWith(after[start..^end]);
        return new(Array.ConvertAll(_shards, shard => shard.Without(gone.Contains)), gone, _choose);
    }
}
