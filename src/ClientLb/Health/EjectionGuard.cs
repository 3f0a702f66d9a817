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
    /// <param name="detector">What speaks against it: where it is not a comparison, the same of all others speaks for it. <see langword="null"/> where it asks itself to be left alone.</param>
    public static GuardVerdict Judge(Endpoint suspect, IReadOnlyList<Endpoint> members, OutlierDetectionOptions options, long now, Detector? detector)
    {
        int others = 0, soft = 0, all = 0;
        double load = 0, shown = 0;
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
            }
        }

        if (others == 0)
        {
            return new(Guard.LastOne, "it is the last one that is left");
        }

        if (detector is { } found && Alikes.Are(suspect, members, options, now, found))
        {
            return new(Guard.EveryoneFails, Alikes.Text(found));
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
