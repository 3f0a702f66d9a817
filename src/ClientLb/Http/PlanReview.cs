using ClientLb.Calls;
using ClientLb.Settings;
using ClientLb.Telemetry;
using Microsoft.Extensions.Logging;

namespace ClientLb.Http;

/// <summary>Settings of a client that are valid each by itself and yet can't do what they seem to: each gets a warning that names the way out.</summary>
internal static class PlanReview
{
    // Waits are random and mostly shorter: what they cost the last attempt is told from a tenth of its time on.
    private const int Tolerated = 10;

    private static readonly string[] s_unsafe = ["POST", "PATCH"];

    public static void Warn(string client, LoadBalancedClientOptions options, ILogger logger)
    {
        var section = $"{LoadBalancedClientOptions.Section}:{client}";
        var (timeouts, retry) = (options.Timeouts, options.Retry);
        var waits = LongestWaits(retry);
        var missing = (timeouts.Attempt * retry.MaxAttempts) + waits - timeouts.Call;
        if (retry.MaxAttempts > 1 && retry.MaxDelay >= timeouts.Call)
        {
            logger.ClientMisconfigured(client,
                $"{section}:Retry:MaxDelay is {Durations.Format(retry.MaxDelay)}, but a call ends after {Durations.Format(timeouts.Call)}: after such a wait nothing can follow. "
                + "Lower it, or raise Timeouts:Call.");
        }
        else if (retry.MaxAttempts > 1 && (missing > waits || missing > timeouts.Attempt / Tolerated))
        {
            var even = timeouts.Call / retry.MaxAttempts;
            var room = waits <= even / Tolerated ? even : (timeouts.Call - waits) / retry.MaxAttempts;
            logger.ClientMisconfigured(client, FormattableString.Invariant(
                $"{retry.MaxAttempts} attempts of {Durations.Format(timeouts.Attempt)}, and waits of up to {Durations.Format(waits)} between them, do not fit into a call of {Durations.Format(timeouts.Call)}: the last ones are cut short. ")
                + (room > TimeSpan.FromMilliseconds(10) ? $"Set {section}:Timeouts:Attempt to at most {Durations.Format(Rounded(room))}, or raise Timeouts:Call." : $"Lower {section}:Retry:BaseDelay, or raise Timeouts:Call."));
        }

        var hedging = HedgingPlan.Of(options.Hedging);
        if (hedging is not null && hedging.DelayTicks >= timeouts.Attempt.Ticks)
        {
            logger.ClientMisconfigured(client, $"{section}:Hedging:Delay is {Durations.Format(options.Hedging.Delay)}, but an attempt ends after {Durations.Format(timeouts.Attempt)}: "
                + "no call is ever hedged. Lower it below Timeouts:Attempt.");
        }

        if (hedging is not null && hedging.MaxAttempts > retry.MaxAttempts)
        {
            logger.ClientMisconfigured(client, FormattableString.Invariant(
                $"{section}:Hedging:MaxAttempts is {hedging.MaxAttempts}, but Retry:MaxAttempts bounds retries and hedges together and is {retry.MaxAttempts}. ")
                + $"Raise {section}:Retry:MaxAttempts, or lower the other.");
        }

        foreach (var method in s_unsafe.Where(method => retry.Methods.Contains(method, StringComparer.OrdinalIgnoreCase)))
        {
            logger.ClientMisconfigured(client, $"{section}:Retry:Methods names {method}: a call that failed may have been carried out, and is then carried out twice. "
                + $"Leave it out and send {retry.IdempotencyHeader} with the calls that the service recognises when they are repeated.");
        }
    }

    /// <summary>The waits between all attempts where each is as long as it may be.</summary>
    private static TimeSpan LongestWaits(RetryOptions retry)
    {
        var sum = TimeSpan.Zero;
        var wait = retry.BaseDelay;
        for (var i = 1; i < retry.MaxAttempts; i++)
        {
            sum += wait < retry.MaxDelay ? wait : retry.MaxDelay;
            wait *= 2;
        }

        return sum;
    }

    private static TimeSpan Rounded(TimeSpan time) => TimeSpan.FromMilliseconds(Math.Floor(time.TotalMilliseconds));
}
