using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace ClientLb.Balancing;

/// <summary>
/// The position of a round robin: handed on from picker to picker. Alone on its cache lines, so that its writes do not take
/// away what other picks only read.
/// </summary>
/// <param name="start">Where it starts: at random, or every client would begin with the same endpoint.</param>
[StructLayout(LayoutKind.Explicit, Size = 192)]
internal sealed class RoundRobinCursor(ulong start)
{
    [FieldOffset(64)]
    private ulong _position = start;

    /// <summary>The next position; it wraps.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public ulong Next() => Interlocked.Increment(ref _position);
}
