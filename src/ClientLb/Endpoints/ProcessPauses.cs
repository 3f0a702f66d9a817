namespace ClientLb.Endpoints;

/// <summary>
/// When this process has stood still lately (a pause of the runtime, a machine without a processor to spare): what it measured then says nothing of others. Told by a timer that comes late.
/// </summary>
internal sealed class ProcessPauses
{
    // What timers are late by on a machine that is merely busy.
    private static readonly long s_least = TimeSpan.FromMilliseconds(50).Ticks;

    // What piled up is done by then, or the process has too little at other times too.
    private static readonly long s_longestRush = TimeSpan.FromSeconds(5).Ticks;

    // A pause that is a smaller share of what was measured does not explain it.
    private const int Share = 8;

    private long _until;
    private long _length;
    private long _expectedAt;

    /// <summary>The timer has come.</summary>
    /// <param name="dueAt">When it was due, in ticks of <see cref="MonotonicClock"/>; 0 where that is not known.</param>
    /// <param name="now">The present, in the same ticks.</param>
    /// <param name="nextAt">When it is due next.</param>
    public void Note(long dueAt, long now, long nextAt)
    {
        Volatile.Write(ref _expectedAt, nextAt);
        var late = now - dueAt;
        if (dueAt == 0 || late < s_least || (now < Volatile.Read(ref _until) && late < Volatile.Read(ref _length)))
        {
            // In time, or a short one in the rush after a long one.
            return;
        }

        // All that was to be done meanwhile is done at once when it is over, and that takes its time: about as long.
        Volatile.Write(ref _length, late);
        Volatile.Write(ref _until, now + Math.Min(late, s_longestRush));
    }

    /// <summary>Whether what was measured may have been this process's own pause, or the rush that follows one.</summary>
    /// <param name="startedAt">When it began, in ticks.</param>
    /// <param name="endedAt">When it ended: not long ago.</param>
    public bool Touch(long startedAt, long endedAt) =>
        (startedAt < Volatile.Read(ref _until) && Explains(Volatile.Read(ref _length), endedAt - startedAt))
        || (Volatile.Read(ref _expectedAt) is not 0 and var expected && endedAt - expected >= s_least && Explains(endedAt - expected, endedAt - startedAt));

    private static bool Explains(long pause, long duration) => pause >= duration / Share;
}
