namespace ClientLb.Simulation.Clocks;

/// <summary>What came of the calls.</summary>
/// <param name="Calls">How many were made.</param>
/// <param name="Cancelled">Those that ended because their own caller cancelled.</param>
/// <param name="TimedOut">Those that ended because their own time was up.</param>
/// <param name="Retried">Those that were made again: with the same deadline, and most often the same clock.</param>
/// <param name="Foreign">Those that were stopped by what was meant for another one: there must be none.</param>
internal sealed record ClockFigures(long Calls, long Cancelled, long TimedOut, long Retried, long Foreign)
{
    public bool Holds => Foreign == 0 && Cancelled > 0 && TimedOut > 0 && Retried > 0;
}
