using ClientLb.Affinity;
using ClientLb.Balancing;
using ClientLb.Endpoints;

namespace ClientLb.Tests.Clusters;

/// <summary>What health, the registry and discovery do to the keys of a cluster.</summary>
public class SnapshotBuilderHashTests : SnapshotBench
{
    private const int Keys = 2_000;

    public static TheoryData<string> Hashing => ClientLb.Tests.Balancing.Policies.Hashing;

    [Theory]
    [MemberData(nameof(Hashing))]
    public void Flap_of_one_endpoint_moves_its_keys_alone_and_moves_them_back(string policy)
    {
        var before = Begin(policy);

        var flapping = Endpoints[3];
        var healthy = flapping.Health.Status;
        Out(flapping, Evidence.Refused);
        Expect(before, during: Owners(), gone: 4);
        Assert.True(flapping.Health.TryMove(flapping.Health.Status, healthy));
        Assert.Equal(before, Owners());

        foreach (var status in new[] { RegistryStatus.Critical, RegistryStatus.Maintenance })
        {
            flapping.Descriptor = flapping.Descriptor with { Status = status };
            Expect(before, during: Owners(), gone: 4);
            flapping.Descriptor = flapping.Descriptor with { Status = RegistryStatus.Passing };
            Assert.Equal(before, Owners());
        }
    }

    [Theory]
    [MemberData(nameof(Hashing))]
    public void Ejection_keeps_the_table_and_a_change_of_the_list_makes_another(string policy)
    {
        Begin(policy);
        var order = Assert.IsType<HashPicker>(Built!.Picker).Order;

        Out(Endpoints[0], Evidence.Refused);
        Eligible();
        Assert.Same(order, Assert.IsType<HashPicker>(Built!.Picker).Order);

        // Somebody who can't be picked yet: no member changes, and the table does.
        Add(11, RegistryStatus.Critical);
        Eligible();
        Assert.NotSame(order, Assert.IsType<HashPicker>(Built!.Picker).Order);
    }

    [Fact]
    public void Only_the_priority_in_use_and_those_that_stay_are_announced()
    {
        Begin("maglev");
        Add(20, priority: 1);
        Add(21, weight: 0);
        Leaving.Add(Add(22));
        Add(23, RegistryStatus.Critical);
        Eligible();

        Assert.Equal([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 23], Built!.Announced!.Select(member => member.Endpoint.Port));
    }

    [Fact]
    public void Nothing_is_gathered_for_a_policy_that_does_not_ask()
    {
        Begin("round_robin");

        Assert.Null(Built!.Announced);
        Assert.Null(Built.HashKey);
    }

    [Fact]
    public void Settings_of_the_key_are_in_force_with_the_snapshot()
    {
        Options.HashKey.From = HashKeySource.Path;
        Begin("maglev");

        Assert.Same(Options.HashKey, Built!.HashKey);
    }

    private int[] Begin(string policy)
    {
        Policy = ClientLb.Tests.Balancing.Policies.Find(policy);
        for (var port = 1; port <= 10; port++)
        {
            Add(port);
        }

        return Owners();
    }

    private int[] Owners()
    {
        Eligible();
        return [.. Enumerable.Range(0, Keys).Select(key => Built!.Picker.Pick(new PickContext(Now) { HashKey = (ulong)key, HasHashKey = true })!.Port)];
    }

    private static void Expect(int[] before, int[] during, int gone)
    {
        Assert.DoesNotContain(gone, during);
        Assert.All(before.Zip(during), pair => Assert.True(pair.First == pair.Second || pair.First == gone));
    }
}
