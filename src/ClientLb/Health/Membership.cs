using ClientLb.Endpoints;

namespace ClientLb.Health;

/// <summary>Who of the members of a cluster counts where they are looked at together.</summary>
internal static class Membership
{
    /// <summary>
    /// Whether nothing but its health keeps it from being used: the registry does not call it critical, nobody has ordered it, it does not drain, and it does not
    /// wait for its first check or its first connections.
    /// </summary>
    public static bool IsUsable(Endpoint member)
    {
        var health = member.Health;
        return !member.Descriptor.IsDraining && member.Descriptor.Status != RegistryStatus.Critical && health.Order is null
            && health.Check.State != CheckState.Pending && !health.IsHeld;
    }

    /// <summary>Whether it may be picked: it is usable, healthy and does not rest.</summary>
    public static bool IsIn(Endpoint member, long now) => member.Health.Status.State == HealthState.Healthy && member.Health.RestUntil <= now && IsUsable(member);

    /// <summary>The first priority that has somebody who is usable and healthy: those of later ones get next to nothing meanwhile.</summary>
    public static int PriorityInUse(IReadOnlyList<Endpoint> members)
    {
        var first = int.MaxValue;
        foreach (var member in members)
        {
            if (member.Descriptor.Priority < first && member.Health.Status.State == HealthState.Healthy && IsUsable(member))
            {
                first = member.Descriptor.Priority;
            }
        }

        return first;
    }

    /// <summary>
    /// Whether it has a say in whether everyone fails. One of a later priority that nobody has asked does not: that it has no failures shows nothing.
    /// </summary>
    public static bool IsHeard(Endpoint member, int priorityInUse, long now) => IsUsable(member)
        && (member.Descriptor.Priority <= priorityInUse || member.Health.ConsecutiveFailures > 0 || member.Health.Window.Read(now).Total > 0);
}
