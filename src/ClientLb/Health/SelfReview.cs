using ClientLb.Endpoints;

namespace ClientLb.Health;

/// <summary>
/// A client that sees every endpoint fail suspects itself: its network, its credentials, its own overload. Whoever it took out by soft evidence meanwhile comes back.
/// </summary>
internal static class SelfReview
{
    /// <summary>Whether everyone who is in has failed as often in a row as would eject, and somebody is out by soft evidence.</summary>
    public static bool IsDue(IReadOnlyList<Endpoint> members, OutlierDetectionOptions options, long now)
    {
        var (failing, ejected) = (0, 0);
        var priority = Membership.PriorityInUse(members);
        foreach (var member in members)
        {
            var status = member.Health.Status;
            if (Concerns(status))
            {
                ejected++;
            }
            else if (status.State == HealthState.Healthy && Membership.IsHeard(member, priority, now))
            {
                if (member.Health.ConsecutiveFailures < options.ConsecutiveFailures)
                {
                    return false;
                }

                failing++;
            }
        }

        return failing > 0 && ejected > 0;
    }

    /// <summary>Whether nobody answers: everyone who is in has failed since the last success, one at least as often in a row as would eject; or nobody is in.</summary>
    public static bool EveryoneFails(IReadOnlyList<Endpoint> members, OutlierDetectionOptions options, long now)
    {
        var (isGrave, isAnyoneIn, isAnyoneOut) = (false, false, false);
        var priority = Membership.PriorityInUse(members);
        foreach (var member in members)
        {
            if (member.Health.Status.State != HealthState.Healthy)
            {
                isAnyoneOut |= !member.Descriptor.IsDraining;
                continue;
            }

            if (!Membership.IsHeard(member, priority, now))
            {
                continue;
            }

            var failures = member.Health.ConsecutiveFailures;
            if (failures == 0)
            {
                return false;
            }

            isAnyoneIn = true;
            isGrave |= failures >= options.ConsecutiveFailures;
        }

        return isAnyoneIn ? isGrave : isAnyoneOut;
    }

    /// <summary>Whether somebody is out by what attempts said softly.</summary>
    public static bool Concerns(HealthStatus status) =>
        status.State != HealthState.Healthy && !status.IsHard && status.Evidence != Evidence.CheckFailed;

    /// <summary>As if it had not been ejected: without slow start, and without a longer time for the next time.</summary>
    public static HealthStatus Acquitted(HealthStatus status, long now, string why) => HealthStatus.Healthy with
    {
        // Good behaviour counts from here on: without a moment to count from, what is left of its past would never fade.
        Since = now,
        IsAcquitted = true,
        Ejections = Math.Max(0, status.Ejections - 1),
        Reason = $"every endpoint fails, so {why} (was ejected: {status.Reason})",
    };
}
