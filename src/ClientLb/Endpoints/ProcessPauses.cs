namespace ClientLb.Endpoints;

/// <summary>
/// When this process has stood still lately (a pause of the runtime, a machine without a processor to spare): what it measured then says nothing of others. Told by a timer that comes late.
/// </summary>
internal sealed class ProcessPauses
{
    // What timers are late by on a machine that is merely busy.
    private static readonly long s_least = TimeSpan.FromMilliseconds(50).Ticks;

    private long _until;
    private long _expectedAt;

    /// <summary>The timer has come.</summary>
    /// <param name="dueAt">When it was due, in ticks of <see cref="MonotonicClock"/>; 0 where that is not known.</param>
    /// <param name="now">The present, in the same ticks.</param>
    /// <param name="nextAt">When it is due next.</param>
    public void Note(long dueAt, long now, long nextAt)
    {
        Volatile.Write(ref _expectedAt, nextAt);
        var late = now - dueAt;
        if (dueAt != 0 && late >= s_least)
        {
            // All that was to be done meanwhile is done at once when it is over, and that takes its time: at most as long, or whoever asks that much has too little at other times too.
            Volatile.Write(ref _until, Math.Max(Volatile.Read(ref _until), now + late));
        }
    }

    /// <summary>Whether what was measured may have been this process's own pause, or the rush that follows one.</summary>
    /// <param name="startedAt">When it began, in ticks.</param>
    /// <param name="endedAt">When it ended: not long ago.</param>
    public bool Touch(long startedAt, long endedAt) =>
        startedAt < Volatile.Read(ref _until) || (Volatile.Read(ref _expectedAt) is not 0 and var expected && endedAt - expected >= s_least);
}
