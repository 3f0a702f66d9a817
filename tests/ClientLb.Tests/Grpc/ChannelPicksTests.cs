using ClientLb.Affinity;
using ClientLb.Balancing;
using ClientLb.Endpoints;
using ClientLb.Grpc;
using ClientLb.Tests.Infrastructure;

namespace ClientLb.Tests.Grpc;

public sealed class ChannelPicksTests : IDisposable
{
    private readonly TestCluster _cluster = TestCluster.Of(4, new() { Policy = "round_robin" });

    [Fact]
    public void Endpoint_without_a_connection_is_passed_over_while_another_has_one()
    {
        var picks = Picks(ready: [2, 4]);

        var picked = Enumerable.Range(0, 40).Select(_ => picks.Pick(default)).GroupBy(static name => name).ToDictionary(static g => g.Key!, static g => g.Count());

        Assert.Equal(["2", "4"], picked.Keys.Order());
        Assert.All(picked.Values, static count => Assert.InRange(count, 5, 35));
    }

    [Fact]
    public void Health_takes_effect_without_a_new_picker()
    {
        var picks = Picks(ready: [1, 2, 3, 4]);
        _cluster.Refuse(1, 2, 3);
        _cluster.Pass(0.2);

        Assert.All(Enumerable.Range(0, 20), _ => Assert.Equal("4", picks.Pick(default)));
    }

    [Fact]
    public void Nobody_connected_is_nobody_and_those_that_are_out_are_better_than_nobody()
    {
        Assert.Null(Picks(ready: []).Pick(default));
        _cluster.Refuse(1);
        _cluster.Pass(0.2);

        Assert.Equal("1", Picks(ready: [1]).Pick(default));
        _cluster.Cluster.Isolate("10.0.0.1:1", "test");
        _cluster.Pass(0.2);
        Assert.Null(Picks(ready: [1]).Pick(default));
    }

    [Fact]
    public void Other_policy_picks_over_the_same_endpoints_and_learns_from_all_attempts()
    {
        var policy = new ChannelPolicy(_cluster.Cluster, new PickFirstPolicy(), new SeededRandomSource(1));
        var picks = new ChannelPicks<string>(_cluster.Cluster, policy, Ready(1, 2, 3, 4));
        var first = picks.Pick(default);
        Assert.All(Enumerable.Range(0, 10), _ => Assert.Equal(first, picks.Pick(default)));

        _cluster.Refuse(int.Parse(first!));
        _cluster.Pass(0.2);
        Assert.NotEqual(first, picks.Pick(default));
    }

    [Fact]
    public void Ejection_moves_nobody_elses_keys_under_a_hashing_policy_of_the_channels_own()
    {
        var policy = new ChannelPolicy(_cluster.Cluster, new SourceHashPolicy(), new SeededRandomSource(1));
        var picks = new ChannelPicks<string>(_cluster.Cluster, policy, Ready(1, 2, 3, 4));
        string?[] Picked() => [.. Enumerable.Range(0, 200).Select(key => picks.Pick(CallKey.Of((ulong)key)))];
        var before = Picked();

        _cluster.Refuse(2);
        _cluster.Pass(0.2);
        var after = Picked();

        Assert.All(before.Zip(after), static pair => Assert.True(pair.First == "2" ? pair.Second != "2" : pair.Second == pair.First));
    }

    [Fact]
    public void Members_of_a_channel_are_all_that_are_listed_and_an_empty_list_is_none()
    {
        var members = new ChannelMembers();
        Assert.True(members.TryTake(_cluster.Snapshot, out var all));
        Assert.Equal(4, all.Count);

        _cluster.Refuse(1);
        _cluster.Pass(0.2);
        Assert.False(members.TryTake(_cluster.Snapshot, out _));

        _cluster.Answer(2, 3, 4);
        _cluster.List(TestCluster.Ports(2, 3, 4));
        Assert.True(members.TryTake(_cluster.Snapshot, out all));
        Assert.Equal([2, 3, 4], all.Select(static e => e.Port));

        _cluster.List();
        Assert.False(members.TryTake(_cluster.Snapshot, out all) && all.Count == 0);
    }

    public void Dispose() => _cluster.Dispose();

    private ChannelPicks<string> Picks(int[] ready) =>
        new(_cluster.Cluster, new ChannelPolicy(_cluster.Cluster, null, new SeededRandomSource(1)), Ready(ready));

    private Dictionary<Endpoint, string> Ready(params int[] ports) => ports.ToDictionary(port => _cluster[port], port => port.ToString());
}
