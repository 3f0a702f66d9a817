using ClientLb.Endpoints;
using ClientLb.Samples.Failover.Observation;

namespace ClientLb.Samples.Failover.Runs;

/// <summary>The end of a run: until it has been seen whether the victim comes back.</summary>
internal static class VictimWatch
{
    private static readonly TimeSpan LongestReturn = TimeSpan.FromSeconds(20);

    /// <summary>Notes since when the victim can be used again, and goes on for as long as its share is looked at.</summary>
    /// <param name="times">The times of the run.</param>
    /// <param name="victim">Its name.</param>
    /// <param name="listensSince">Since when it listens, where it was started again; otherwise its first answer tells.</param>
    /// <param name="meter">The attempts.</param>
    /// <param name="cancellationToken">Ends the run.</param>
    public static async Task RunAsync(RunTimes times, string victim, long? listensSince, AttemptMeter meter, CancellationToken cancellationToken)
    {
        times.Back = listensSince ?? await FirstAnswerAsync(times, victim, meter, cancellationToken);
        await Task.Delay(TimeSpan.FromTicks(Math.Max(0, times.Back + ReturnFigures.Watch.Ticks - MonotonicClock.System.Now)), cancellationToken);
    }

    /// <summary>Waits until the victim has answered again, and no longer than anybody would.</summary>
    private static async Task<long> FirstAnswerAsync(RunTimes times, string victim, AttemptMeter meter, CancellationToken cancellationToken)
    {
        while (true)
        {
            var now = MonotonicClock.System.Now;
            if (ReturnFigures.FirstAnswer([.. meter.Attempts], victim, times) is { } first)
            {
                return first;
            }

            if (now >= times.Heal + LongestReturn.Ticks)
            {
                return now;
            }

            await Task.Delay(100, cancellationToken);
        }
    }
}
