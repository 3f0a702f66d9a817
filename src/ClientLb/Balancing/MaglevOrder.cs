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

        _slots = GC.AllocateUninitializedArray<int>(size);
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

        // Where k slots are free, the next free one is size / k steps away: the last few would be a third of the work. There each free slot's distance is
        // computed instead.
        var few = (int)Math.Sqrt(size) / 8;
        uint[] free = [];
        var left = _slots.Length;
        var (slots, weights) = (_slots, group.Weights);
        for (var round = 1; ; round++)
        {
            for (var i = 0; i < turns.Length; i++)
            {
                ref var turn = ref turns[i];
                var due = round * weights[i];
                for (; turn.Count < due; turn.Count++)
                {
                    slots[free.Length == 0 ? Take(taken, ref turn, size) : TakeNearest(free.AsSpan(0, left), ref turn, size)] = i;
                    if (--left == 0)
                    {
                        return;
                    }

                    free = left == few ? Free(taken, few) : free;
                }
            }
        }
    }

    /// <summary>The next free slot. One bit for each keeps the search in a near cache.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static uint Take(ulong[] taken, ref Turn turn, uint size)
    {
        // Two searches of every second slot each: one step has to wait for the one before it, and they need not for each other.
        var (slot, other, twice) = (turn.Next, Further(turn.Next, turn.Skip, size), Further(turn.Skip, turn.Skip, size));
        while ((taken[slot >> 6] & (1UL << (int)(slot & 63))) != 0)
        {
            if ((taken[other >> 6] & (1UL << (int)(other & 63))) == 0)
            {
                slot = other;
                break;
            }

            slot = Further(slot, twice, size);
            other = Further(other, twice, size);
        }

        taken[slot >> 6] |= 1UL << (int)(slot & 63);
        turn.Next = Further(slot, turn.Skip, size);
        return slot;
    }

    private static uint[] Free(ulong[] taken, int count)
    {
        var free = new uint[count];
        var found = 0;
        for (var slot = 0u; found < count; slot++)
        {
            if ((taken[slot >> 6] & (1UL << (int)(slot & 63))) == 0)
            {
                free[found++] = slot;
            }
        }

        return free;
    }

    /// <summary>The same slot that the search would come to. The last of the free ones takes its place.</summary>
    private static uint TakeNearest(Span<uint> free, ref Turn turn, uint size)
    {
        // One over the step width, in the numbers modulo the prime size (Fermat): it turns a difference of slots into a number of steps.
        var inverse = 1UL;
        ulong power = turn.Skip;
        for (var exponent = size - 2; exponent != 0; exponent >>= 1)
        {
            inverse = (exponent & 1) == 0 ? inverse : inverse * power % size;
            power = power * power % size;
        }

        var (nearest, fewest) = (0, ulong.MaxValue);
        for (var i = 0; i < free.Length; i++)
        {
            var steps = (free[i] + size - turn.Next) * inverse % size;
            (nearest, fewest) = steps < fewest ? (i, steps) : (nearest, fewest);
        }

        var slot = free[nearest];
        free[nearest] = free[^1];
        turn.Next = Further(slot, turn.Skip, size);
        return slot;
    }

    /// <summary>The sum, less the size where it is beyond: without a branch, which would be a coin fourteen times for each slot of a large table.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static uint Further(uint slot, uint skip, uint size)
    {
        var beyond = (int)(slot + skip - size);
        return (uint)(beyond + ((int)size & (beyond >> 31)));
    }

    private struct Turn
    {
        public uint Next;
        public uint Skip;
        public int Count;
    }
}
