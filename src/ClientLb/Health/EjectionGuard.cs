using ClientLb.Endpoints;

namespace ClientLb.Health;

/// <summary>
/// Bounds what soft evidence may take out of a cluster: a share of it, one in any case, the last one never. A client that believes too
/// much would eject its way into an outage.
/// </summary>
internal static class EjectionGuard
{
    /// <summary>Whether one more may go out.</summary>
    public static bool Allows(IReadOnlyList<Endpoint> members, OutlierDetectionOptions options, long now, out string guard)
    {
        int healthy = 0, soft = 0, all = 0;
        foreach (var member in members)
        {
            if (member.Descriptor.IsDraining)
            {
                continue;
            }

            all++;
            var status = member.Health.Status;
            if (status.State == HealthState.Healthy && member.Health.RestUntil <= now)
            {
                healthy += member.Descriptor.Status == RegistryStatus.Critical ? 0 : 1;
            }
            else if (!status.IsHard)
            {
                soft++;
            }
        }

        if (healthy <= 1)
        {
            guard = "it is the last one that is left";
            return false;
        }

        var allowed = Math.Max(1, (int)(options.MaxEjectedShare * all));
        guard = FormattableString.Invariant($"{soft} of {all} are out already (MaxEjectedShare {options.MaxEjectedShare})");
        return soft < allowed && options.MaxEjectedShare > 0;
    }
}
