using ClientLb.Calls;
using ClientLb.Settings;
using ClientLb.Telemetry;
using Microsoft.Extensions.Logging;

namespace ClientLb.Http;

/// <summary>Settings of a client that are valid each by itself and yet can't do what they seem to: each gets a warning that names the way out.</summary>
internal static class PlanReview
{
    private static readonly string[] s_unsafe = ["POST", "PATCH"];

    public static void Warn(string client, LoadBalancedClientOptions options, ILogger logger)
    {
        var section = $"{LoadBalancedClientOptions.Section}:{client}";
        var (timeouts, retry) = (options.Timeouts, options.Retry);
        if (retry.MaxAttempts > 1 && timeouts.Call < timeouts.Attempt * retry.MaxAttempts)
        {
            logger.ClientMisconfigured(client, FormattableString.Invariant(
                $"{retry.MaxAttempts} attempts of {Durations.Format(timeouts.Attempt)} do not fit into a call of {Durations.Format(timeouts.Call)}: the last ones are cut short. ")
                + $"Set {section}:Timeouts:Attempt to at most {Durations.Format(Rounded(timeouts.Call / retry.MaxAttempts))}, or raise Timeouts:Call.");
        }

        if (HedgingPlan.Of(options.Hedging) is { } hedging && hedging.MaxAttempts > retry.MaxAttempts)
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

    private static TimeSpan Rounded(TimeSpan time) => TimeSpan.FromMilliseconds(Math.Floor(time.TotalMilliseconds));
}
