using ClientLb.Endpoints;

namespace ClientLb.Clusters;

/// <summary>Which endpoints are eligible: those of one priority that stand at most so badly.</summary>
/// <param name="Priorities">All priorities in their order, with their counts.</param>
/// <param name="Group">The priority in use; <see langword="null"/> where nobody is eligible.</param>
/// <param name="Worst">How badly an eligible one may stand.</param>
/// <param name="Eligibility">Why.</param>
internal readonly record struct EligibleChoice(List<PriorityGroup> Priorities, PriorityGroup? Group, Standing Worst, Eligibility Eligibility)
{
    private static readonly (Standing Worst, Eligibility Eligibility)[] LastResorts =
        [(Standing.Degraded, Eligibility.Normal), (Standing.SoftOut, Eligibility.Panic), (Standing.HardOut, Eligibility.HardEjected), (Standing.Critical, Eligibility.Critical)];

    /// <summary>The first rule that leaves anything decides; within a rule, the lowest priority that has anything.</summary>
    public static EligibleChoice Of(List<PriorityGroup> priorities, double panicThreshold)
    {
        foreach (var group in priorities)
        {
            var healthy = group.Count(Standing.Healthy);
            var usable = group.CountUpTo(Standing.Degraded);
            var soft = group.Count(Standing.SoftOut);
            if (soft > 0 && usable < panicThreshold * (usable + soft))
            {
                return new(priorities, group, Standing.SoftOut, Eligibility.Panic);
            }

            if (healthy > 0)
            {
                return new(priorities, group, Standing.Healthy, Eligibility.Normal);
            }
        }

        foreach (var (worst, eligibility) in LastResorts)
        {
            foreach (var group in priorities)
            {
                if (group.CountUpTo(worst) > 0)
                {
                    return new(priorities, group, worst, eligibility);
                }
            }
        }

        return new(priorities, null, Standing.Healthy, Eligibility.Normal);
    }

    /// <summary>The eligible ones, in an array that is there already where one says the same.</summary>
    /// <param name="endpoints">All endpoints.</param>
    /// <param name="standings">How each of them stands.</param>
    /// <param name="before">The eligible ones of before.</param>
    public Endpoint[] Take(Endpoint[] endpoints, Standing[] standings, Endpoint[]? before)
    {
        var count = Group?.CountUpTo(Worst) ?? 0;
        if (count == 0)
        {
            return [];
        }

        if (count == endpoints.Length)
        {
            return endpoints;
        }

        var taken = before?.Length == count ? null : new Endpoint[count];
        for (int i = 0, place = 0; place < count; i++)
        {
            if (standings[i] > Worst || (Priorities.Count > 1 && endpoints[i].Descriptor.Priority != Group!.Priority))
            {
                continue;
            }

            if (taken is null && !ReferenceEquals(before![place], endpoints[i]))
            {
                taken = new Endpoint[count];
                Array.Copy(before, taken, place);
            }

            if (taken is not null)
            {
                taken[place] = endpoints[i];
            }

            place++;
        }

        return taken ?? before!;
    }

    /// <summary>Healthy endpoints of later priorities, those of the best one first.</summary>
    /// <param name="endpoints">All endpoints.</param>
    /// <param name="standings">How each of them stands.</param>
    public Endpoint[] Reserve(Endpoint[] endpoints, Standing[] standings)
    {
        if (Group is null || Priorities[^1] == Group)
        {
            return [];
        }

        var reserve = new List<Endpoint>();
        for (var i = 0; i < endpoints.Length; i++)
        {
            if (standings[i] == Standing.Healthy && endpoints[i].Descriptor.Priority > Group.Priority)
            {
                reserve.Add(endpoints[i]);
            }
        }

        return [.. reserve.OrderBy(static endpoint => endpoint.Descriptor.Priority)];
    }
}
