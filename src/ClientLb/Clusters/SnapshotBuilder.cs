using ClientLb.Affinity;
using ClientLb.Balancing;
using ClientLb.Endpoints;

namespace ClientLb.Clusters;

/// <summary>
/// Makes a snapshot out of what is known: a pure function. The list goes in, shorter lists come out, step by step: draining ones, the
/// registry's word, hard and soft evidence, priorities, panic, the last resorts.
/// </summary>
internal static class SnapshotBuilder
{
    public static ClusterSnapshot Build(in SnapshotInput input)
    {
        var candidates = new List<Candidate>(input.Endpoints.Count);
        var onProbation = new List<Endpoint>();
        foreach (var endpoint in input.Endpoints)
        {
            var descriptor = endpoint.Descriptor;
            if (descriptor.IsDraining || endpoint.Load.IsRetired || input.Leaving.Contains(endpoint))
            {
                continue;
            }

            var standing = StandingOf(endpoint, input.Now);
            candidates.Add(new(endpoint, standing));
            if ((endpoint.Health.Status.State == HealthState.Probation || endpoint.Health.WantsWitness) && descriptor.Status != RegistryStatus.Critical)
            {
                onProbation.Add(endpoint);
            }
        }

        var (eligible, eligibility) = Choose(candidates, input.Options.OutlierDetection.PanicThreshold);
        var members = new WeightedEndpoint[eligible.Count];
        var startingUntil = 0L;
        for (var i = 0; i < members.Length; i++)
        {
            var factor = input.Policy.IgnoresSlowStart
                ? 1
                : SlowStart.Factor(eligible[i], input.Options.LoadBalancing.SlowStart, input.FirstListAt, input.Now, ref startingUntil);
            members[i] = new(eligible[i], eligible[i].Descriptor.Weight * factor);
        }

        var announced = input.Policy.NeedsAnnounced && members.Length != 0 ? Announced(input, eligible[0].Descriptor.Priority) : null;
        var previous = input.Previous;
        var samePolicy = ReferenceEquals(previous?.Policy, input.Policy);
        var keep = samePolicy && !input.MustCompile && LoadBalancingOptions.Schema.IsSame(previous!.Options.LoadBalancing, input.Options.LoadBalancing)
            && previous!.Members.SequenceEqual(members) && (announced is null || previous.Announced?.SequenceEqual(announced) == true);
        var picker = keep ? previous!.Picker : members.Length == 0 ? Picker.None : input.Policy.CreatePicker(new PickerInput
        {
            Members = members,
            Announced = announced,
            GroupKey = "",
            Options = input.Options.LoadBalancing,
            Previous = samePolicy ? previous!.Picker : null,
            Random = input.Random,
            Clock = input.Clock,
        });
        return new ClusterSnapshot(input.Version, input.Options)
        {
            IsResolved = input.IsResolved,
            Endpoints = input.Endpoints,
            Leaving = input.Leaving,
            Unlisted = input.Unlisted,
            Eligible = eligible,
            Reserve = ReserveOf(candidates, eligible),
            Eligibility = eligibility,
            OnProbation = [.. onProbation],
            ProbationTicks = onProbation.Count == 0 ? 0 : Math.Max(
                input.Options.OutlierDetection.StallTime.Ticks, 3 * eligible.Select(static e => e.Load.Latencies.Percentile(0.99)).DefaultIfEmpty().Max()),
            Policy = input.Policy,
            HashKey = input.Options.HashKey.From == HashKeySource.None ? null : input.Options.HashKey,
            Members = keep ? previous!.Members : members,
            Announced = keep ? previous!.Announced : announced,
            StartingUntil = startingUntil,
            Picker = picker,
            LoadReports = LoadReportWish.Of(picker, input.Options.LoadBalancing),
        };
    }

    private static Endpoint[] ReserveOf(List<Candidate> candidates, List<Endpoint> eligible)
    {
        if (eligible.Count == 0 || eligible.Count == candidates.Count)
        {
            return [];
        }

        // All eligible ones have the same priority.
        var priority = eligible[0].Descriptor.Priority;
        return [.. candidates
            .Where(candidate => candidate.Standing == Standing.Healthy && candidate.Endpoint.Descriptor.Priority > priority)
            .Select(static candidate => candidate.Endpoint)
            .OrderBy(static endpoint => endpoint.Descriptor.Priority)];
    }

    /// <summary>
    /// Who belongs to the group, whatever health or maintenance say of them now. The weights are the source's: what changes from moment to moment
    /// would move keys.
    /// </summary>
    private static List<WeightedEndpoint> Announced(in SnapshotInput input, int priority)
    {
        var announced = new List<WeightedEndpoint>(input.Endpoints.Count);
        foreach (var endpoint in input.Endpoints)
        {
            var descriptor = endpoint.Descriptor;
            if (descriptor.Weight > 0 && descriptor.Priority == priority && !endpoint.Load.IsRetired && !input.Leaving.Contains(endpoint))
            {
                announced.Add(new(endpoint, descriptor.Weight));
            }
        }

        return announced;
    }

    private static Standing StandingOf(Endpoint endpoint, long now)
    {
        if (endpoint.Descriptor.Status == RegistryStatus.Critical)
        {
            return Standing.Critical;
        }

        var status = endpoint.Health.Status;
        if (status.State == HealthState.Healthy)
        {
            return endpoint.Health.RestUntil > now ? Standing.SoftOut : Standing.Healthy;
        }

        return status.IsHard ? Standing.HardOut : Standing.SoftOut;
    }

    /// <summary>The first rule that leaves anything decides; within a rule, the lowest priority that has anything.</summary>
    private static (List<Endpoint> Eligible, Eligibility Eligibility) Choose(List<Candidate> candidates, double panicThreshold)
    {
        foreach (var priority in candidates.Select(static c => c.Endpoint.Descriptor.Priority).Distinct().Order())
        {
            var group = candidates.FindAll(c => c.Endpoint.Descriptor.Priority == priority);
            var healthy = group.Count(static c => c.Standing == Standing.Healthy);
            var soft = group.Count(static c => c.Standing == Standing.SoftOut);
            if (soft > 0 && healthy < panicThreshold * (healthy + soft))
            {
                return (Take(group, Standing.SoftOut), Eligibility.Panic);
            }

            if (healthy > 0)
            {
                return (Take(group, Standing.Healthy), Eligibility.Normal);
            }
        }

        foreach (var (worst, eligibility) in LastResorts)
        {
            foreach (var priority in candidates.Select(static c => c.Endpoint.Descriptor.Priority).Distinct().Order())
            {
                var taken = Take(candidates.FindAll(c => c.Endpoint.Descriptor.Priority == priority), worst);
                if (taken.Count > 0)
                {
                    return (taken, eligibility);
                }
            }
        }

        return ([], Eligibility.Normal);
    }

    private static readonly (Standing Worst, Eligibility Eligibility)[] LastResorts =
        [(Standing.SoftOut, Eligibility.Panic), (Standing.HardOut, Eligibility.HardEjected), (Standing.Critical, Eligibility.Critical)];

    private static List<Endpoint> Take(List<Candidate> group, Standing worst)
    {
        var taken = new List<Endpoint>(group.Count);
        foreach (var candidate in group)
        {
            if (candidate.Standing <= worst)
            {
                taken.Add(candidate.Endpoint);
            }
        }

        return taken;
    }

    private enum Standing
    {
        Healthy,
        SoftOut,
        HardOut,
        Critical,
    }

    private readonly record struct Candidate(Endpoint Endpoint, Standing Standing);
}
