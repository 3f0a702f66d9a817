using System.Globalization;
using ClientLb.Samples.Failover.Scenarios;

namespace ClientLb.Samples.Failover.Runs;

/// <summary>What the balancer promises, as numbers.</summary>
internal static class Promises
{
    /// <summary>Attempts per call.</summary>
    public const double MostAttempts = 1.05;

    /// <summary>The 99th percentile with a fault, as a multiple of that without.</summary>
    public const double MostP99 = 1.5;

    /// <summary>Where the load generator is later than that, in milliseconds, the machine is too busy to blame the balancer.</summary>
    public const double LatestLoad = 5;

    /// <summary>The longest call where the victim answers or refuses, in milliseconds.</summary>
    public const double LongestCall = 3000;

    /// <summary>A slow one's share, as a part of its fair one.</summary>
    public const double MostOfShare = 1 / 3.0;

    /// <summary>Failed attempts until an endpoint that fails fast is ejected.</summary>
    public const int MostUntilEjected = 10;

    /// <summary>Seconds until who can be used again has its share back; slow start, which is off by default, would be added.</summary>
    public const double LongestReturn = 5;

    /// <summary>The promises that were not kept.</summary>
    public static IReadOnlyList<string> Missed(Fault fault, string victim, ScenarioResult result)
    {
        var missed = new List<string>();
        Check(result.Failed == 0, $"{result.Failed} of {result.Calls} calls failed");
        Check(result.Attempts <= MostAttempts * result.Calls, $"{result.Attempts} attempts for {result.Calls} calls: more than {MostAttempts} each");
        Check(!result.IsP99Judged || result.IsP99Kept || result.QuietP99 <= MostP99 * result.QuietP99Before,
            $"p99 {result.P99} ms, {result.P99Before} ms before: more than {MostP99} times as much, and not because the machine stood still");
        if (fault.IsSilent)
        {
            Check(result.OrdinaryAttemptsToBad == 0, $"{result.OrdinaryAttemptsToBad} attempts at {victim} later than 3 s into the fault were no probation");
        }
        else
        {
            Check(result.Max <= LongestCall, $"a call took {result.Max} ms: more than {LongestCall}");
        }

        Check(result.UntilEjected is null or <= MostUntilEjected, $"{result.UntilEjected} attempts at {victim} failed before it was ejected: more than {MostUntilEjected}");
        Check(result.AfterOneSecond is null or 0, $"{result.AfterOneSecond} attempts at {victim} later than 1 s into the fault, where nobody listened");
        Check(!fault.IsTrustedAgain || result.BackAfter <= LongestReturn,
            $"{victim} did not have its share back within {LongestReturn} s, but {(result.BackAfter is { } after ? $"after {after} s" : "not at all")}");
        Check(!result.IsP99Judged || result.ReturnP99 <= MostP99 * result.P99Before || result.QuietReturnP99 <= MostP99 * result.QuietP99Before,
            $"p99 {result.ReturnP99} ms after the fault, {result.P99Before} ms before it: more than {MostP99} times as much");
        if (fault.LosesShare)
        {
            var share = result.Share.GetValueOrDefault(victim);
            var most = MostOfShare / Math.Max(1, result.Share.Count);
            Check(share <= most, $"{victim} still had {share:P1} of the load: more than {most:P1}");
        }

        return missed;

        void Check(bool kept, FormattableString otherwise)
        {
            if (!kept)
            {
                missed.Add(otherwise.ToString(CultureInfo.InvariantCulture));
            }
        }
    }
}
