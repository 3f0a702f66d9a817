using System.Runtime.CompilerServices;

namespace ClientLb.Endpoints;

/// <summary>
/// Monotonic time in ticks of 100 ns, of any <see cref="System.TimeProvider"/>: real in production, virtual in tests and simulations.
/// </summary>
public sealed class MonotonicClock
{
    /// <summary>Ticks in one second.</summary>
    public const long TicksPerSecond = TimeSpan.TicksPerSecond;

    private readonly double _ticksPerStamp;

    /// <summary>Creates a clock.</summary>
    /// <param name="timeProvider">The provider; <see langword="null"/> means the system's.</param>
    public MonotonicClock(TimeProvider? timeProvider = null)
    {
        TimeProvider = timeProvider ?? TimeProvider.System;
        _ticksPerStamp = (double)TimeSpan.TicksPerSecond / TimeProvider.TimestampFrequency;
    }

    /// <summary>A clock on the system's time.</summary>
    public static MonotonicClock System { get; } = new();

    /// <summary>The provider that it reads.</summary>
    public TimeProvider TimeProvider { get; }

    /// <summary>When this process has stood still lately.</summary>
    internal ProcessPauses Pauses { get; } = new();

    /// <summary>The present, in ticks of 100 ns since some moment before the process started.</summary>
    public long Now
    {
        // A double holds 53 bits: exact to one tick for 28 years of uptime.
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => (long)(TimeProvider.GetTimestamp() * _ticksPerStamp);
    }
}
