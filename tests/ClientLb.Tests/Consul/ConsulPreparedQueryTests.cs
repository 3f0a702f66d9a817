using System.Net;
using ClientLb.Consul;
using ClientLb.Discovery;
using ClientLb.Settings;
using Microsoft.Extensions.Configuration;

namespace ClientLb.Tests.Consul;

public class ConsulPreparedQueryTests
{
    private static readonly TimeSpan s_least = TimeSpan.FromSeconds(9);
    private static readonly TimeSpan s_most = TimeSpan.FromSeconds(11);

    [Fact]
    public void Query_is_executed_in_its_data_centre_and_near_what_is_asked_for()
    {
        var plain = ConsulQuery.Create(new("web"), new(), new() { PreparedQuery = "web query" });
        var near = ConsulQuery.Create(
            new("web"), new() { Datacenter = "dc2", Filter = "f" }, new() { PreparedQuery = "web query", Near = "_agent" });

        Assert.Equal("v1/query/web%20query/execute?stale", plain.PathOf(0, default, ConsulConsistency.Stale));
        Assert.Equal("v1/query/web%20query/execute?dc=dc2&near=_agent", near.PathOf(0, default, ConsulConsistency.Leader));
        Assert.NotEqual(plain.Key, near.Key);
        Assert.NotEqual(plain.Key, ConsulQuery.Create(new("web query"), new(), new()).Key);
    }

    [Fact]
    public async Task It_is_asked_again_after_each_interval_and_never_held()
    {
        await using var rig = Rig();
        for (var i = 0; i < 3; i++)
        {
            var request = await rig.NextAsync();
            Assert.Null(request.Index);
            request.Answer(1, Prepared(1, 2));
            Assert.Equal(2, (await rig.Reader.NextAsync()).Endpoints.Count);
            var pause = await rig.Time.TimerAsync(s_least, s_most);
            rig.Time.Advance(pause - TimeSpan.FromTicks(1));
            Assert.False(rig.Consul.HasMore);
            rig.Time.Advance(TimeSpan.FromTicks(1));
        }
    }

    [Fact]
    public async Task Look_that_somebody_wants_does_not_wait_for_the_interval()
    {
        await using var rig = Rig();
        (await rig.NextAsync()).Answer(1, Prepared(1));
        await rig.Reader.NextAsync();
        await rig.Time.TimerAsync(s_least, s_most);
        rig.Watch.Nudges.Add(ConsulNudge.Look);
        (await rig.NextAsync()).Answer(1, Prepared(1, 2));

        Assert.Equal(2, (await rig.Reader.NextAsync()).Endpoints.Count);
    }

    [Fact]
    public async Task Other_data_centre_is_told_until_the_own_serves_again()
    {
        await using var rig = Rig();
        var notes = new List<string?>();
        foreach (var body in new[] { Prepared(1), Prepared([1], "dc2", 1), Prepared([1], "dc2", 1), Prepared(1) })
        {
            (await rig.NextAsync()).Answer(1, body);
            notes.Add((await rig.Reader.NextAsync()).Note);
            rig.Time.Advance(await rig.Time.TimerAsync(s_least, s_most));
        }

        Assert.Equal([null, notes[1], notes[1], null], notes);
        Assert.Contains("'dc2'", notes[1], StringComparison.Ordinal);
        Assert.Equal(2, rig.Logger.Entries.Count(static e => e.Text.Contains("served by the data centre", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task Query_that_does_not_exist_is_named_and_the_list_stays()
    {
        await using var rig = Rig();
        (await rig.NextAsync()).Answer(1, Prepared(1));
        await rig.Reader.NextAsync();
        rig.Time.Advance(await rig.Time.TimerAsync(s_least, s_most));
        (await rig.NextAsync()).Refuse(HttpStatusCode.NotFound, "Query not found");
        var update = await rig.Reader.NextAsync();

        Assert.Contains("PreparedQuery", Assert.IsType<DiscoveryException>(update.Error).Message, StringComparison.Ordinal);
        Assert.Equal(DiscoveryErrorKind.Invalid, ((DiscoveryException)update.Error!).Kind);
        Assert.Single(update.Endpoints);
    }

    [Fact]
    public async Task Stale_answer_whose_leader_does_not_answer_is_not_asked_for_again_at_once()
    {
        await using var rig = Rig();
        (await rig.NextAsync()).Answer(1, Prepared(1), hasLeader: false);
        await rig.Reader.NextAsync();
        (await rig.NextAsync()).Refuse(HttpStatusCode.InternalServerError, "No cluster leader");

        await rig.Time.TimerAsync(s_least, s_most);
    }

    [Theory]
    [InlineData("Service", "web", "nothing beside a PreparedQuery")]
    [InlineData("Tags", "blue", "nothing beside a PreparedQuery")]
    [InlineData("Filter", "f", "nothing beside a PreparedQuery")]
    [InlineData("Namespace", "n", "nothing beside a PreparedQuery")]
    [InlineData("PollInterval", "500ms", "from 1s to 10m")]
    public void What_does_not_fit_beside_it_is_an_error_with_its_key(string key, string value, string allowed)
    {
        var error = Assert.Single(Read(("PreparedQuery", "q"), (key, value)));

        Assert.Contains("ClientLb:Clusters:web:Consul:" + key, error, StringComparison.Ordinal);
        Assert.Contains(allowed, error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("PollInterval", "5s")]
    [InlineData("Near", "_agent")]
    public void What_makes_sense_beside_it_only_is_an_error_without_it(string key, string value) =>
        Assert.Contains("only beside a PreparedQuery", Assert.Single(Read((key, value))), StringComparison.Ordinal);

    [Fact]
    public void What_fits_beside_it_is_taken() =>
        Assert.Empty(Read(("PreparedQuery", "q"), ("PollInterval", "5s"), ("Near", "_agent"), ("Datacenter", "dc2"), ("AllowStale", "false")));

    private static WatchRig Rig() => new(cluster: new() { PreparedQuery = "q" });

    private static string Prepared(params int[] ports) => Prepared(ports, "dc1", 0);

    private static string Prepared(int[] ports, string datacenter, int failovers) =>
        $$"""{ "Service": "web", "Nodes": {{WireText.Ports(ports)}}, "DNS": { "TTL": "" }, "Datacenter": "{{datacenter}}", "Failovers": {{failovers}}, "Index": 0 }""";

    private static IReadOnlyList<string> Read(params (string Key, string Value)[] settings)
    {
        var errors = new SettingErrors();
        var configuration = new ConfigurationBuilder().AddInMemoryCollection(
            settings.Select(static s => KeyValuePair.Create($"ClientLb:Clusters:web:Consul:{s.Key}", (string?)s.Value))).Build();
        ConsulClusterOptions.Read(configuration, "web", errors);
        return errors.Messages;
    }
}
