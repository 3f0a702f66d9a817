using ClientLb.Endpoints;

namespace ClientLb.Consul;

/// <summary>
/// Asks the agent every few seconds who leads: one small request for the whole process. A held query can't tell whether it is quiet or dead; one
/// that goes through a frozen leader hangs for half a minute after the others have elected another.
/// </summary>
internal sealed class ConsulPulse(ConsulRuntime runtime, Action<ConsulNudge> nudge)
{
    private static readonly TimeSpan s_deadline = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan s_intervalWhileFailing = TimeSpan.FromSeconds(1);

    private const int FailuresOfSilence = 2;

    private string? _leader;
    private int _failures;

    public async Task RunAsync(CancellationToken cancellationToken)
    {
        try
        {
            while (true)
            {
                await BeatAsync(cancellationToken).ConfigureAwait(false);

                // With jitter, so that processes that were started together do not ask together.
                var interval = _failures > 0 ? s_intervalWhileFailing : runtime.Options.PulseInterval;
                interval *= 0.9 + (0.2 * runtime.Random.NextDouble());
                await Task.Delay(interval, runtime.TimeProvider, cancellationToken).ConfigureAwait(false);
            }
        }
        catch (Exception) when (cancellationToken.IsCancellationRequested)
        {
        }
    }

    private async Task BeatAsync(CancellationToken cancellationToken)
    {
        runtime.Renewing?.Look(isUrgent: _failures > 0);
        var agent = runtime.Agents.Current;
        string leader;
        try
        {
            leader = await runtime.Transport.LeaderAsync(agent, s_deadline, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception) when (!cancellationToken.IsCancellationRequested)
        {
            // Whatever it was, the watches meet it too and report it.
            leader = "";
        }

        if (leader.Length == 0)
        {
            if (++_failures == FailuresOfSilence && runtime.Agents.Count > 1)
            {
                runtime.Agents.MoveOn(agent);
                _failures = 0;
                nudge(ConsulNudge.Suspect);
            }

            return;
        }

        var isOther = _leader is not null && _leader != leader;
        if (isOther)
        {
            ConsulLog.OtherLeader(runtime.Logger, leader, _leader!);
        }

        if (isOther || _failures >= FailuresOfSilence)
        {
            nudge(ConsulNudge.Suspect | ConsulNudge.Recovered);
        }
        else if (_failures > 0)
        {
            nudge(ConsulNudge.Recovered);
        }

        _failures = 0;
        _leader = leader;
    }
}
