using ClientLb.Endpoints;
using Microsoft.Extensions.Logging;

namespace ClientLb.Consul.Registration;

/// <summary>Asks the application how it is.</summary>
internal sealed class RegistrationHealth(ConsulRegistrationOptions options, MonotonicClock clock, ILogger logger)
{
    private static readonly WireStatus s_alive = new("passing", "The process is alive.");

    private string _before = s_alive.Status;

    /// <summary>Its answer; critical where it throws or takes longer than <paramref name="limit"/>.</summary>
    public async Task<WireStatus> AskAsync(string id, TimeSpan limit, CancellationToken cancellationToken)
    {
        if (options.Health is not { } health)
        {
            return s_alive;
        }

        var status = await AskAsync(health, limit, cancellationToken).ConfigureAwait(false);
        if (status.Status != _before)
        {
            ConsulRegistrationLog.StatusChanged(logger, id, status.Status, _before, status.Output);
            _before = status.Status;
        }

        return status;
    }

    private async Task<WireStatus> AskAsync(
        Func<CancellationToken, ValueTask<ConsulCheckStatus>> health, TimeSpan limit, CancellationToken cancellationToken)
    {
        using var timeout = new CancellationTokenSource(limit, clock.TimeProvider);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, cancellationToken);
        try
        {
            // A callback that does not heed its token must not hold the heartbeats.
            var status = await health(either.Token).AsTask().WaitAsync(either.Token).ConfigureAwait(false);
            return new(RegistrationEntry.StatusText(status), "The application says so.");
        }
#pragma warning disable CA1031 // Whatever the application's code throws says that it is not well.
        catch (Exception e) when (!cancellationToken.IsCancellationRequested)
#pragma warning restore CA1031
        {
            return new("critical", timeout.IsCancellationRequested
                ? FormattableString.Invariant($"The application has not said how it is in {limit.TotalSeconds:0.#} s.")
                : $"The application can't say how it is: {e.GetType().Name}.");
        }
    }
}
