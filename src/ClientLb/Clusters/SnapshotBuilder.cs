using System.Buffers;
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
        var standings = ArrayPool<Standing>.Shared.Rent(input.Endpoints.Length);
        var priorities = new List<PriorityGroup>(1);
        var onProbation = Survey(input, standings, priorities);
        var choice = EligibleChoice.Of(priorities, input.Options.OutlierDetection.PanicThreshold);
        var eligible = choice.Take(input.Endpoints, standings, input.Previous?.Eligible as Endpoint[]);
        var reserve = choice.Reserve(input.Endpoints, standings);
        ArrayPool<Standing>.Shared.Return(standings);

        var previous = input.Previous;
        var startingUntil = 0L;
        var members = MembersOf(eligible, input, ref startingUntil);
        var announced = input.Policy.NeedsAnnounced && members.Count != 0 ? Announced(input, eligible[0].Descriptor.Priority) : null;
        var samePolicy = ReferenceEquals(previous?.Policy, input.Policy);
        var keep = samePolicy && !input.MustCompile && LoadBalancingOptions.Schema.IsSame(previous!.Options.LoadBalancing, input.Options.LoadBalancing)
            && ReferenceEquals(previous!.Members, members) && (announced is null || ReferenceEquals(previous.Announced, announced));
        var picker = keep ? previous!.Picker : members.Count == 0 ? Picker.None : input.Policy.CreatePicker(new PickerInput
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
            Reserve = reserve,
            HasZones = HasZones(eligible),
            Eligibility = choice.Eligibility,
            OnProbation = [.. onProbation],
            ProbationTicks = onProbation.Count == 0 ? 0 : Math.Max(input.Options.OutlierDetection.StallTime.Ticks, 3 * SlowestUsual(eligible)),
            Policy = input.Policy,
            HashKey = input.Options.HashKey.From == HashKeySource.None ? null : input.Options.HashKey,
            Members = members,
            Announced = announced,
            StartingUntil = startingUntil,
            Picker = picker,
            LoadReports = LoadReportWish.Of(picker, input.Options.LoadBalancing),
        };
    }

    /// <summary>How everyone stands, how many so in each priority, and who is on probation.</summary>
    private static List<Endpoint> Survey(in SnapshotInput input, Standing[] standings, List<PriorityGroup> priorities)
    {
        var onProbation = new List<Endpoint>();
        PriorityGroup? group = null;
        for (var i = 0; i < input.Endpoints.Length; i++)
        {
            var endpoint = input.Endpoints[i];
            var descriptor = endpoint.Descriptor;
            if (descriptor.IsDraining || endpoint.Health.Order is { Kind: not ManualOrderKind.Eject } || HasGone(endpoint, input))
            {
                standings[i] = Standing.Closed;
                continue;
            }

            if (group?.Priority != descriptor.Priority)
            {
                group = PriorityGroup.In(priorities, descriptor.Priority);
            }

            standings[i] = StandingOf(endpoint, input);
            group.Add(standings[i]);
            if ((endpoint.Health.Status.State == HealthState.Probation ? endpoint.Health.Check.State != CheckState.Failing : endpoint.Health.WantsWitness)
                && descriptor.Status != RegistryStatus.Critical && endpoint.Health.Order is null)
            {
                onProbation.Add(endpoint);
            }
        }

        return onProbation;
    }

    private static bool HasGone(Endpoint endpoint, in SnapshotInput input) =>
        endpoint.Load.IsRetired || (input.Leaving.Count != 0 && input.Leaving.Contains(endpoint));

    private static bool HasZones(Endpoint[] eligible)
    {
        for (var i = 1; i < eligible.Length; i++)
        {
            if (eligible[i].Descriptor.Locality != eligible[0].Descriptor.Locality)
            {
                return true;
            }
        }

        return false;
    }

    private static long SlowestUsual(Endpoint[] eligible)
    {
        var slowest = 0L;
        foreach (var endpoint in eligible)
        {
            slowest = Math.Max(slowest, endpoint.Load.Latencies.Percentile(0.99));
        }

        return slowest;
    }

    private static GroupMembers MembersOf(Endpoint[] eligible, in SnapshotInput input, ref long startingUntil)
    {
        var slowStart = input.Policy.IgnoresSlowStart || input.Options.LoadBalancing.SlowStart.Window == TimeSpan.Zero ? null : input.Options.LoadBalancing.SlowStart;
        var weights = ArrayPool<float>.Shared.Rent(eligible.Length);
        for (var i = 0; i < eligible.Length; i++)
        {
            var factor = slowStart is null ? 1 : SlowStart.Factor(eligible[i], slowStart, input.FirstListAt, input.Now, ref startingUntil);
            if (eligible[i].Health.IsDegraded && input.Options.LoadBalancing.DegradedWeight > 0)
            {
                factor *= input.Options.LoadBalancing.DegradedWeight;
            }

            weights[i] = (float)(eligible[i].Descriptor.Weight * factor);
        }

        var members = GroupMembers.Of(eligible, weights.AsSpan(0, eligible.Length), input.Previous?.Members);
        ArrayPool<float>.Shared.Return(weights);
        return members;
    }

    /// <summary>
    /// Who belongs to the group, whatever health or maintenance say of them now. The weights are the source's: what changes from moment to moment
    /// would move keys.
    /// </summary>
    private static GroupMembers Announced(in SnapshotInput input, int priority)
    {
        var weights = ArrayPool<float>.Shared.Rent(input.Endpoints.Length);
        var endpoints = ArrayPool<Endpoint>.Shared.Rent(input.Endpoints.Length);
        var count = 0;
        foreach (var endpoint in input.Endpoints)
        {
            var descriptor = endpoint.Descriptor;
            if (descriptor.Weight > 0 && descriptor.Priority == priority && !HasGone(endpoint, input))
            {
                endpoints[count] = endpoint;
                weights[count++] = descriptor.Weight;
            }
        }

        var all = count == input.Endpoints.Length ? input.Endpoints : endpoints.AsSpan(0, count).ToArray();
        var announced = GroupMembers.Of(all, weights.AsSpan(0, count), input.Previous?.Announced);
        ArrayPool<Endpoint>.Shared.Return(endpoints, clearArray: true);
        ArrayPool<float>.Shared.Return(weights);
        return announced;
    }

    private static Standing StandingOf(Endpoint endpoint, in SnapshotInput input)
    {
        var health = endpoint.Health;
        if (endpoint.Descriptor.Status == RegistryStatus.Critical)
        {
            return Standing.Critical;
        }

        // Ordered out, or not yet known to work: as if nobody had answered there.
        if (health.Order is not null || health.Check.State == CheckState.Pending || health.IsHeld)
        {
            return Standing.HardOut;
        }

        var status = health.Status;
        return status.State != HealthState.Healthy ? status.IsHard ? Standing.HardOut : Standing.SoftOut
            : health.RestUntil > input.Now ? Standing.SoftOut
            : health.IsDegraded && input.Options.LoadBalancing.DegradedWeight == 0 ? Standing.Degraded
            : Standing.Healthy;
    }
}
