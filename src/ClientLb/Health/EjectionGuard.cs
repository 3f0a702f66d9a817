using ClientLb.Endpoints;

namespace ClientLb.Health;

/// <summary>
/// Bounds what soft evidence may take out of a cluster: a share of it, one in any case, the last one never; no more than the rest can carry; nobody while everybody
/// fails. A client that believes too much would eject its way into an outage.
/// </summary>
internal static class EjectionGuard
{
    private static readonly GuardVerdict s_allowed = new(Guard.None, "");

    /// <summary>Whether one more may go out.</summary>
    /// <param name="suspect">Who is suspected.</param>
    /// <param name="members">All of them.</param>
    /// <param name="options">The numbers.</param>
    /// <param name="now">The present, in ticks.</param>
    /// <param name="byItself">True where its own failures speak against it: then those of all others speak for it. Against its peers they do not.</param>
    public static GuardVerdict Judge(Endpoint suspect, IReadOnlyList<Endpoint> members, OutlierDetectionOptions options, long now, bool byItself)
    {
        int others = 0, soft = 0, all = 0, heard = 0, failing = 0;
        double load = 0, shown = 0;
        var priority = byItself ? Membership.PriorityInUse(members) : 0;
        foreach (var member in members)
        {
            if (member.Descriptor.IsDraining)
            {
                continue;
            }

            all++;
            var health = member.Health;
            var status = health.Status;

            // Of those that are out too: what they answered until a moment ago falls to the others.
            load += health.SuccessRate;
            if (status.State != HealthState.Healthy || health.RestUntil > now)
            {
                soft += status.IsHard ? 0 : 1;
            }
            else if (member != suspect && Membership.IsUsable(member))
            {
                others++;
                shown += health.ShownRate;
                if (byItself && Membership.IsHeard(member, priority, now))
                {
                    heard++;
                    failing += health.ConsecutiveFailures > 0 ? 1 : 0;
                }
            }
        }

        if (others == 0)
        {
            return new(Guard.LastOne, "it is the last one that is left");
        }

        if (byItself && heard > 0 && failing == heard && suspect.Health.ConsecutiveFailures > 0)
        {
            return new(Guard.EveryoneFails, "every other endpoint fails too: it may be this client");
        }

        if (soft >= Math.Max(1, (int)(options.MaxEjectedShare * all)) || options.MaxEjectedShare <= 0)
        {
            return new(Guard.Share, FormattableString.Invariant($"{soft} of {all} are out already (MaxEjectedShare {options.MaxEjectedShare})"));
        }

        return soft > 0 && options.CapacityHeadroom > 0 && load > options.CapacityHeadroom * shown
            ? new(Guard.Capacity, FormattableString.Invariant(
                $"the {others} that remain would have to answer {load:0.#} calls a second and have shown {shown:0.#} (CapacityHeadroom {options.CapacityHeadroom})"))
            : s_allowed;
    }
}
