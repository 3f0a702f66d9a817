namespace ClientLb.Endpoints;

/// <summary>
/// When this process has stood still lately (a pause of the runtime, a machine without a processor to spare): what it measured then says nothing of others. Told by a timer that comes late.
/// </summary>
internal sealed class ProcessPauses
{
    // Enough for a process that a quota stops ten times a second, and for what takes a second.
    private const int Remembered = 16;

    // A pause that is a smaller share of what was measured does not explain it.
    private const int Share = 8;

    // What timers are late by on a machine that is merely busy.
    private static readonly long s_least = TimeSpan.FromMilliseconds(50).Ticks;

    // What piled up is done by then, or the process has too little at other times too.
    private static readonly long s_longestRush = TimeSpan.FromSeconds(5).Ticks;

    // Written by one timer. A reader that meets a half of an entry misses one pause, or counts one that is long over.
    private readonly long[] _ends = new long[Remembered];
    private readonly long[] _lengths = new long[Remembered];
    private int _next;
    private long _expectedAt;

    /// <summary>The timer has come.</summary>
    /// <param name="dueAt">When it was due, in ticks of <see cref="MonotonicClock"/>; 0 where that is not known.</param>
    /// <param name="now">The present, in the same ticks.</param>
    /// <param name="nextAt">When it is due next.</param>
    public void Note(long dueAt, long now, long nextAt)
    {
        var late = now - dueAt;
        if (dueAt != 0 && late >= s_least)
        {
            var index = (Interlocked.Increment(ref _next) & int.MaxValue) % Remembered;
            Volatile.Write(ref _lengths[index], late);
            Volatile.Write(ref _ends[index], now);
        }

        // At last: until then the pause that has just ended is seen by this.
        Volatile.Write(ref _expectedAt, nextAt);
    }

    /// <summary>Whether what was measured may have been this process's own pause, or the rush that follows one.</summary>
    /// <param name="startedAt">When it began, in ticks.</param>
    /// <param name="endedAt">When it ended: not long ago.</param>
    public bool Touch(long startedAt, long endedAt)
    {
        var late = Volatile.Read(ref _expectedAt) is not 0 and var expected ? endedAt - expected : 0;
        var paused = late >= s_least ? late : 0;
        for (var i = 0; i < Remembered; i++)
        {
            // All that was to be done meanwhile is done at once when it is over, and that takes its time: about as long.
            var length = Volatile.Read(ref _lengths[i]);
            if (length != 0 && startedAt < Volatile.Read(ref _ends[i]) + Math.Min(length, s_longestRush))
            {
                paused += length;
            }
        }

        return paused != 0 && paused >= (endedAt - startedAt) / Share;
    }
}
