using System.Runtime.CompilerServices;
using ClientLb.Endpoints;

namespace ClientLb.Balancing;

/// <summary>
/// The table of Maglev (Eisenbud and others, NSDI 2016): each member has a permutation of the slots, and in turn everyone takes the next free slot of
/// its own. A lookup is one read, and shares differ by one slot at most.
/// </summary>
internal sealed class MaglevOrder : HashOrder
{
    // With 100 slots each, one slot more or less is 1 % of a share. 65537 as in the paper and in Envoy serves 655 members; more members take the next of
    // these primes, each the smallest above a power of two. Prime, so that every step width visits all slots.
    private const int SlotsPerMember = 100;
    private static readonly int[] s_sizes = [65_537, 131_101, 262_147, 524_309, 1_048_583, 2_097_169, 4_194_319];

    private readonly int[] _slots;

    public MaglevOrder(HashGroup group)
    {
        var size = s_sizes[^1];
        foreach (var candidate in s_sizes)
        {
            if (candidate >= (long)SlotsPerMember * group.Count)
            {
                size = candidate;
                break;
            }
        }

        _slots = new int[size];
        Fill(group);
    }

    internal ReadOnlySpan<int> Slots => _slots;

    // A further step hashes again: a permutation is an arithmetic progression, so with few members the neighbours of a slot are not as chance would have them.
    public override int At(ulong key, int step) =>
        _slots[(int)Math.BigMul(step == 0 ? key : StableHash.Of(key, (ulong)step), (ulong)_slots.Length, out _)];

    /// <summary>
    /// Rounds of turns: after round r a member has taken ⌈r × weight⌉ slots, the mean weight being 1. So a heavy member takes several in a round, and
    /// the lightest at least one in all.
    /// </summary>
    private void Fill(HashGroup group)
    {
        var size = (uint)_slots.Length;
        var taken = new ulong[(size / 64) + 1];
        var turns = new Turn[group.Count];
        for (var i = 0; i < turns.Length; i++)
        {
            turns[i] = new Turn
            {
                Next = (uint)(group.Seeds[i] % size),
                Skip = (uint)(StableHash.Mix(group.Seeds[i]) % (size - 1)) + 1,
            };
        }

        var left = _slots.Length;
        for (var round = 1; ; round++)
        {
            for (var i = 0; i < turns.Length; i++)
            {
                ref var turn = ref turns[i];
                var due = round * group.Weights[i];
                for (; turn.Count < due; turn.Count++)
                {
                    _slots[Take(taken, ref turn, size)] = i;
                    if (--left == 0)
                    {
                        return;
                    }
                }
            }
        }
    }

    /// <summary>The next free slot. One bit for each keeps the search in a near cache.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static uint Take(ulong[] taken, ref Turn turn, uint size)
    {
        var (slot, skip) = (turn.Next, turn.Skip);
        while ((taken[slot >> 6] & (1UL << (int)(slot & 63))) != 0)
        {
            slot += skip;
            slot -= slot >= size ? size : 0;
        }

        taken[slot >> 6] |= 1UL << (int)(slot & 63);
        turn.Next = slot + skip >= size ? slot + skip - size : slot + skip;
        return slot;
    }

    private struct Turn
    {
        public uint Next;
        public uint Skip;
        public int Count;
    }
}
