using ClientLb.Endpoints;
using Microsoft.Extensions.Logging;

namespace ClientLb.Consul.Registration;

/// <summary>Waits, after the callers were told, until nothing is in flight.</summary>
internal sealed class RegistrationDrain(ConsulRegistrationOptions options, Func<int> inFlight, MonotonicClock clock, ILogger logger)
{
    private static readonly TimeSpan s_look = TimeSpan.FromMilliseconds(50);

    public async Task WaitAsync(string id, CancellationToken cancellationToken)
    {
        var start = clock.Now;
        ConsulRegistrationLog.Draining(logger, id, inFlight());
        try
        {
            // Who has not heard yet still calls: nothing in flight means little before.
            await Task.Delay(options.SettleTime, clock.TimeProvider, cancellationToken).ConfigureAwait(false);
            while (inFlight() > 0 && clock.Now - start < options.DrainTimeout.Ticks)
            {
                await Task.Delay(s_look, clock.TimeProvider, cancellationToken).ConfigureAwait(false);
            }
        }
        catch (OperationCanceledException)
        {
            // The host's time is over: what follows has a limit of its own.
        }

        if (inFlight() is > 0 and var left)
        {
            ConsulRegistrationLog.DrainEnded(logger, id, left, TimeSpan.FromTicks(clock.Now - start),
                cancellationToken.IsCancellationRequested ? "the host's time to stop" : nameof(options.DrainTimeout));
        }
    }
}
