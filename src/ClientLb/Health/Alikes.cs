using ClientLb.Endpoints;

namespace ClientLb.Health;

/// <summary>
/// Whether what is said of one endpoint can be said of every other one that is in: then it is no outlier, and the cause may be this client, its check, or what all of them wait for.
/// What is found by comparison with others can't be said of all.
/// </summary>
internal static class Alikes
{
    /// <summary>Nobody has answered anything.</summary>
    public static GuardVerdict Outage { get; } = new(Guard.EveryoneFails, "nobody has answered lately, and several fail: it may be this client");

    /// <summary>Whether it is the endpoint's own failures that speak against it: no comparison with others, nor a check.</summary>
    public static bool AreFailures(Detector detector) => detector is Detector.ConsecutiveFailures or Detector.FailureRate;

    /// <summary>Whether every other one that is in, and has something to say, is as bad.</summary>
    public static bool Are(Endpoint suspect, IReadOnlyList<Endpoint> members, OutlierDetectionOptions options, long now, Detector detector)
    {
        var isByFailures = AreFailures(detector);
        if (!isByFailures && detector is not (Detector.ActiveCheck or Detector.SlowCalls))
        {
            return false;
        }

        if (isByFailures && suspect.Health.ConsecutiveFailures == 0)
        {
            return false;
        }

        var isAnyoneHeard = false;
        var priority = isByFailures ? Membership.PriorityInUse(members) : 0;
        foreach (var member in members)
        {
            if (member == suspect || !Membership.IsIn(member, now))
            {
                continue;
            }

            var health = member.Health;
            var total = detector == Detector.SlowCalls ? health.Window.Read(now).Total : 0;
            if (isByFailures ? !Membership.IsHeard(member, priority, now) : detector == Detector.SlowCalls && total < options.MinimumAttempts)
            {
                continue;
            }

            // What makes all of them slow makes none slow at the same call: half of the share will do.
            isAnyoneHeard = true;
            var isAlike = isByFailures ? health.ConsecutiveFailures > 0
                : detector == Detector.ActiveCheck ? health.Check.State == CheckState.Failing
                : health.SlowCalls(now) > options.SlowCallRate / 2 * total;
            if (!isAlike)
            {
                return false;
            }
        }

        return isAnyoneHeard;
    }

    /// <summary>Whether the checks of all members fail, of two at least: whoever waits for its first pass is not among them.</summary>
    public static bool FailEveryCheck(IReadOnlyList<Endpoint> members)
    {
        var failing = 0;
        foreach (var member in members)
        {
            var state = member.Health.Check.State;
            if (!member.Descriptor.IsDraining && state != CheckState.Pending)
            {
                if (state != CheckState.Failing)
                {
                    return false;
                }

                failing++;
            }
        }

        return failing > 1;
    }

    /// <summary>The guard's words.</summary>
    public static string Text(Detector detector) => detector switch
    {
        Detector.ActiveCheck => "every other endpoint fails its check too: it may be the check",
        Detector.SlowCalls => "every other endpoint is slow too: it may be what all of them wait for",
        _ => "every other endpoint fails too: it may be this client",
    };
}
