using ClientLb.Balancing;
using ClientLb.Clusters;
using ClientLb.Endpoints;

namespace ClientLb.Tests.Clusters;

/// <summary>What a snapshot takes over from the one before says the same as one that is built from nothing.</summary>
public class SnapshotBuilderSharingTests : SnapshotBench
{
    [Fact]
    public void Eligible_all_are_the_list_is_that_of_all()
    {
        Add(1);
        Add(2);
        Eligible();

        Assert.Same(Built!.Endpoints, Built.Eligible);
    }

    [Fact]
    public void Eligible_the_same_ones_the_list_is_kept()
    {
        Add(1);
        Out(Add(2), Evidence.Refused);
        Add(3);
        Eligible();
        var before = Built!;

        before.Endpoints[0].Descriptor = before.Endpoints[0].Descriptor with { Locality = new Locality("region", "zone-b") };
        Eligible();

        Assert.Same(before.Eligible, Built!.Eligible);
        Assert.Same(before.Members, Built.Members);
    }

    [Fact]
    public void Weights_changed_for_one_the_old_members_keep_theirs()
    {
        var endpoint = Add(1);
        Add(2);
        Eligible();
        var before = Built!;

        endpoint.Descriptor = endpoint.Descriptor with { Weight = 3 };
        Eligible();

        Assert.Equal([1.0, 1], before.Members.Select(static member => member.Weight));
        Assert.Equal([3.0, 1], Built!.Members.Select(static member => member.Weight));
        Assert.NotSame(before.Picker, Built.Picker);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void Eligible_and_members_after_any_changes_are_what_the_rules_say(int seed)
    {
        var random = new Random(seed);
        for (var port = 1; port <= 12; port++)
        {
            Add(port);
        }

        var inPanic = 0;
        for (var round = 0; round < 500; round++)
        {
            var endpoint = Endpoints[random.Next(Endpoints.Count)];
            endpoint.Descriptor = endpoint.Descriptor with
            {
                Priority = random.Next(4) == 0 ? 1 : 0,
                Status = random.Next(6) switch { 0 => RegistryStatus.Critical, 1 => RegistryStatus.Maintenance, _ => RegistryStatus.Passing },
                Weight = random.Next(4) == 0 ? 2 : 1,
            };
            var status = random.Next(5) switch
            {
                0 => new HealthStatus(HealthState.Ejected, Evidence.Refused, 1, 2, 1, "test"),
                1 => new HealthStatus(HealthState.Ejected, Evidence.ErrorStatus, 1, 2, 1, "test"),
                _ => HealthStatus.Healthy,
            };
            Assert.True(endpoint.Health.TryMove(endpoint.Health.Status, status));

            var eligible = Eligible();

            Assert.Equal(ByTheRules(), eligible);
            Assert.Equal(Built!.Eligible.Select(static e => new WeightedEndpoint(e, e.Descriptor.Weight)), Built.Members);
            Assert.Equal(Built.Members.Count, Built.Members.ToList().Count);
            inPanic += Built.IsPanic ? 1 : 0;
        }

        Assert.InRange(inPanic, 1, 499);
    }

    private int[] ByTheRules()
    {
        var open = Endpoints.Where(static endpoint => !endpoint.Descriptor.IsDraining).ToList();
        var priorities = open.Select(static endpoint => endpoint.Descriptor.Priority).Distinct().Order().ToList();
        foreach (var priority in priorities)
        {
            var group = open.FindAll(endpoint => endpoint.Descriptor.Priority == priority);
            var (healthy, soft) = (group.Count(static e => Badness(e) == 0), group.Count(static e => Badness(e) == 1));
            if (healthy > 0 || soft > 0)
            {
                return UpTo(group, soft > 0 && healthy < Options.OutlierDetection.PanicThreshold * (healthy + soft) ? 1 : 0);
            }
        }

        for (var worst = 2; worst <= 3; worst++)
        {
            foreach (var priority in priorities)
            {
                var taken = UpTo(open.FindAll(endpoint => endpoint.Descriptor.Priority == priority), worst);
                if (taken.Length > 0)
                {
                    return taken;
                }
            }
        }

        return [];
    }

    private static int[] UpTo(List<Endpoint> group, int worst) => [.. group.Where(e => Badness(e) <= worst).Select(static e => e.Port)];

    private static int Badness(Endpoint endpoint) => endpoint.Descriptor.Status == RegistryStatus.Critical ? 3
        : endpoint.Health.Status.State == HealthState.Healthy ? 0
        : endpoint.Health.Status.IsHard ? 2 : 1;
}
