using System.Numerics;
using System.Runtime.CompilerServices;
using ClientLb.Endpoints;

namespace ClientLb.Balancing;

/// <summary>
/// The memory of a group, in parts that threads share by chance, so that they do not contend for it: one while answers are few, more as they become
/// many. It goes from picker to picker; endpoints that are
/// no members any more are forgotten, and a late answer of one is not remembered.
/// </summary>
internal sealed class RecallMemory
{
    // Sixteen answers in less: one part hears more than 400 answers a second.
    private static readonly long QuickRound = TimeSpan.FromMilliseconds(40).Ticks;

    // In a memory that reaches back much longer stands what was, not what is.
    private static readonly long SlowRound = TimeSpan.FromMilliseconds(200).Ticks;

    private readonly RecallShard[] _shards;
    private readonly HashSet<Endpoint> _gone;
    private readonly Func<int>? _choose;

    // One less than the number of parts in use, which is a power of two.
    private int _mask;

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
        get => _shards[(_choose is null ? Environment.CurrentManagedThreadId : _choose()) & Volatile.Read(ref _mask)];
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
        return new(Array.ConvertAll(_shards, shard => shard.Without(gone.Contains)), gone, _choose)
        {
            _mask = Math.Min(Volatile.Read(ref _mask), _shards.Length - 1),
        };
    }

    /// <summary>
    /// The ring of a part has gone round: quickly, so threads may contend for it and twice as many parts are used from now on; or slowly, so
    /// each part hears too little of what happens and half of them are.
    /// </summary>
    public void Pace(RecallShard shard, long now)
    {
        var took = shard.Round(now);
        var mask = Volatile.Read(ref _mask);
        if (took > SlowRound && mask > 0)
        {
            Interlocked.CompareExchange(ref _mask, mask >> 1, mask);
        }
        else if (took < QuickRound && mask < _shards.Length - 1)
        {
            // Those that join know what the others know.
            for (var i = mask + 1; i <= (mask * 2) + 1; i++)
            {
                _shards[i].CopyFrom(_shards[i & mask]);
            }

            Interlocked.CompareExchange(ref _mask, (mask * 2) + 1, mask);
        }
    }
}
