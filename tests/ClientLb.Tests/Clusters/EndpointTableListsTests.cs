using ClientLb.Clusters;
using ClientLb.Endpoints;
using ClientLb.Tests.Infrastructure;

namespace ClientLb.Tests.Clusters;

/// <summary>Lists in turn that are nearly the same: whatever has moved in them, the table says what a comparison of sets says.</summary>
public class EndpointTableListsTests : EndpointTableBench
{
    private readonly Dictionary<int, Endpoint> _live = [];
    private readonly HashSet<int> _leaving = [];
    private readonly Dictionary<int, int> _weights = [];

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    public void Apply_lists_with_joins_leaves_moves_and_duplicates_agrees_with_sets(int seed)
    {
        var random = new Random(seed);
        var list = new List<int>();
        for (var round = 0; round < 400; round++)
        {
            Change(list, random);
            var descriptors = list.Select(port => TestCluster.At(port) with { Weight = 1 + (random.Next(20) == 0 ? 1 : 0) }).ToArray();

            Check(Apply(descriptors), descriptors);

            if (random.Next(3) == 0)
            {
                Assert.Equal(_leaving, Retire().Select(static endpoint => endpoint.Port).ToHashSet());
                foreach (var port in _leaving)
                {
                    _live.Remove(port);
                }

                _leaving.Clear();
                Assert.Equal(list.Distinct(), Ports(Table.Endpoints));
            }
        }
    }

    private static void Change(List<int> list, Random random)
    {
        for (var change = random.Next(4); change > 0; change--)
        {
            var place = random.Next(list.Count + 1);
            switch (random.Next(list.Count == 0 ? 1 : 6))
            {
                case 0 or 1:
                    list.Insert(place, random.Next(1, 30));
                    break;
                case 2 or 3:
                    list.RemoveAt(random.Next(list.Count));
                    break;
                case 4:
                    list.Reverse(0, place);
                    break;
                default:
                    list[random.Next(list.Count)] = random.Next(1, 30);
                    break;
            }
        }
    }

    private void Check(TableChanges changes, EndpointDescriptor[] descriptors)
    {
        var wanted = descriptors.DistinctBy(static descriptor => descriptor.Port).ToDictionary(static descriptor => descriptor.Port);
        var added = wanted.Keys.Where(port => !_live.ContainsKey(port) || _leaving.Contains(port)).ToHashSet();
        var removed = _live.Keys.Where(port => !_leaving.Contains(port) && !wanted.ContainsKey(port)).ToHashSet();
        var updated = wanted.Values.Where(d => _live.ContainsKey(d.Port) && _weights[d.Port] != d.Weight).Select(static d => d.Port).ToHashSet();

        Assert.Equal(added, Ports(changes.Added).ToHashSet());
        Assert.Equal(removed, Ports(changes.Removed).ToHashSet());
        Assert.Equal(updated, changes.Updated.Select(static change => change.Endpoint.Port).ToHashSet());
        Assert.Equal(added.Count + removed.Count + updated.Count, changes.Added.Count + changes.Removed.Count + changes.Updated.Count);

        _leaving.ExceptWith(wanted.Keys);
        _leaving.UnionWith(removed);
        Assert.Equal(_leaving, Ports(Table.Leaving).ToHashSet());
        Assert.Equal(wanted.Keys, Ports(Table.Endpoints).Take(wanted.Count));
        Assert.Equal(_leaving, Ports(Table.Endpoints).Skip(wanted.Count).ToHashSet());
        Assert.Equal(wanted.Count + _leaving.Count, Table.Endpoints.Length);
        foreach (var endpoint in Table.Endpoints)
        {
            Assert.Same(_live.GetValueOrDefault(endpoint.Port, endpoint), endpoint);
            _live[endpoint.Port] = endpoint;
            _weights[endpoint.Port] = endpoint.Descriptor.Weight;
        }
    }
}
