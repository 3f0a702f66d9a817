using System.Text.Json;
using ClientLb.Consul;
using ClientLb.Consul.Wire;
using ClientLb.Endpoints;
using ClientLb.Tests.Discovery;
using static ClientLb.Tests.Consul.WireText;

namespace ClientLb.Tests.Consul;

public class ConsulDecoderTests
{
    private readonly ListLogger<ConsulDecoder> _logger = new();
    private readonly ConsulDecoder _decoder;

    public ConsulDecoderTests() => _decoder = new("web", _logger);

    [Fact]
    public void Instance_becomes_a_descriptor_with_everything_in_it()
    {
        var endpoint = Assert.Single(Decode(Entry(
            port: 8080, tags: """["blue","v2"]""", meta: """{"version":"2","zone":"z1","weight":"99"}""", weights: """{"Passing":10,"Warning":2}""")));

        Assert.Equal(
            new("10.0.0.1", 8080)
            {
                Id = "dc1/n1/web-1",
                Weight = 10,
                Locality = new("dc1", "z1"),
                Metadata = EndpointMetadata.From(
                    [new("version", "2"), new("zone", "z1"), new("weight", "99"), new("consul.tags", "blue,v2")]),
            },
            endpoint);
    }

    [Theory]
    [InlineData("""["blue","drain"]""", "{}", true)]
    [InlineData("""["Drain"]""", "null", true)]
    [InlineData("""["drained"]""", "{}", false)]
    [InlineData("null", """{"drain":"true"}""", true)]
    [InlineData("""["drain"]""", """{"drain":"false"}""", false)]
    public void Instance_drains_by_a_tag_or_by_its_metadata_which_decide_where_they_differ(string tags, string meta, bool drains)
    {
        var first = Assert.Single(Decode(Entry(tags: tags, meta: meta)));
        var again = Assert.Single(Decode(Entry(tags: tags, meta: meta)));

        Assert.Equal(drains, first.IsDraining);
        Assert.Same(first.Metadata, again.Metadata);
    }

    [Fact]
    public void Tag_to_drain_comes_and_goes()
    {
        Assert.False(Assert.Single(Decode(Entry(tags: """["blue"]"""))).IsDraining);
        Assert.True(Assert.Single(Decode(Entry(tags: """["blue","drain"]"""))).IsDraining);
        Assert.False(Assert.Single(Decode(Entry(tags: """["blue"]"""))).IsDraining);
    }

    [Fact]
    public void Address_of_the_node_is_used_where_the_service_has_none() =>
        Assert.Equal("10.1.0.1", Assert.Single(Decode(Entry(address: ""))).Host);

    [Fact]
    public void Nulls_are_nothing()
    {
        var endpoints = Decode(
            Entry(meta: "null", tags: "null", weights: "null", checks: "null"), "null", "{}", """{"Node":null,"Service":{"Address":"a","Port":1},"Checks":[null]}""",
            Entry(id: "web-2", meta: """{"a":null}""", tags: "[null]", checks: """[{"CheckID":null,"Status":"passing"}]"""));

        Assert.Equal(3, endpoints.Length);
        Assert.All(endpoints, static e => Assert.Equal((1, RegistryStatus.Passing), (e.Weight, e.Status)));
    }

    [Theory]
    [InlineData("passing", RegistryStatus.Passing, 10)]
    [InlineData("passing warning passing", RegistryStatus.Warning, 2)]
    [InlineData("warning critical passing", RegistryStatus.Critical, 10)]
    [InlineData("something-new", RegistryStatus.Critical, 10)]
    [InlineData("critical _node_maintenance", RegistryStatus.Maintenance, 10)]
    [InlineData("_service_maintenance:web-1 passing", RegistryStatus.Maintenance, 10)]
    public void Worst_check_counts_and_a_warning_has_its_own_weight(string checks, RegistryStatus status, int weight)
    {
        var all = checks.Split(' ').Select(static c => c.StartsWith('_') ? Check("critical", c) : Check(c));
        var endpoint = Assert.Single(Decode(Entry(weights: """{"Passing":10,"Warning":2}""", checks: List([.. all]))));

        Assert.Equal((status, weight), (endpoint.Status, endpoint.Weight));
    }

    [Theory]
    [InlineData("""{"Passing":10,"Warning":2}""", "warning", false)]
    [InlineData("""{"Passing":10,"Warning":10}""", "warning", true)]
    [InlineData("""{"Passing":1,"Warning":0}""", "warning", true)]
    [InlineData("""{"Passing":1,"Warning":0}""", "passing", false)]
    [InlineData("""{"Passing":1,"Warning":1}""", "warning", true)]
    [InlineData("{}", "warning", true)]
    [InlineData("""{"Passing":1,"Warning":1}""", "passing", false)]
    public void A_warning_degrades_unless_its_weight_says_so_already(string weights, string check, bool isDegraded) =>
        Assert.Equal(isDegraded, Assert.Single(Decode(Entry(weights: weights, checks: List(Check(check))))).IsDegraded);

    [Theory]
    [InlineData("""{"Passing":0,"Warning":0}""", 1)]
    [InlineData("""{"Passing":-5,"Warning":1}""", 1)]
    [InlineData("""{"Passing":70000,"Warning":1}""", 65535)]
    [InlineData("{}", 1)]
    public void Weight_that_is_none_is_one(string weights, int expected) =>
        Assert.Equal(expected, Assert.Single(Decode(Entry(weights: weights))).Weight);

    [Fact]
    public void Same_service_id_on_three_nodes_is_three_endpoints() =>
        Assert.Equal(["dc1/n1/web", "dc1/n2/web", "dc1/n3/web"],
            Decode(Entry(node: "n3", id: "web"), Entry(node: "n1", id: "web"), Entry(node: "n2", id: "web")).Select(static e => e.Id));

    [Theory]
    [InlineData(""", "Namespace":"n","Partition":"p" """, "dc1/p/n/n1/web-1")]
    [InlineData(""", "Namespace":"n" """, "dc1/n/n1/web-1")]
    [InlineData(""", "Namespace":"","Partition":null """, "dc1/n1/web-1")]
    public void Namespace_and_partition_are_part_of_the_id_where_there_are_some(string more, string id) =>
        Assert.Equal(id, Assert.Single(Decode(Entry(more: more))).Id);

    [Theory]
    [InlineData("{}", """{"zone":"nz","region":"nr"}""", "", "nr", "nz")]
    [InlineData("""{"zone":"sz","region":"sr"}""", """{"zone":"nz","region":"nr"}""", "", "sr", "sz")]
    [InlineData("{}", "null", """, "Locality": {"Region":"lr","Zone":"lz"}""", "lr", "lz")]
    [InlineData("{}", "null", "", "dc1", "")]
    public void Place_is_found_in_meta_then_locality_then_datacenter(string meta, string nodeMeta, string more, string region, string zone) =>
        Assert.Equal(new Locality(region, zone), Assert.Single(Decode(Entry(meta: meta, nodeMeta: nodeMeta, more: more))).Locality);

    [Fact]
    public void Unusable_instance_is_left_out_and_said_once()
    {
        string[] entries =
        [
            Entry(port: 0, id: "no-port"), Entry(port: 99999, id: "big-port"), Entry(address: "not a host!", id: "no-host"),
            Entry(address: "", nodeAddress: "", id: "no-address"), Entry(address: "0.0.0.0", id: "anywhere"), Entry(id: "good"),
        ];
        foreach (var _ in Enumerable.Range(0, 3))
        {
            Assert.Equal(["dc1/n1/good"], Decode(entries).Select(static e => e.Id));
        }

        Assert.Equal(5, _logger.Entries.Count);
        Assert.Contains(_logger.Entries, static e => e.Text.Contains("dc1/n1/no-port", StringComparison.Ordinal));
    }

    [Fact]
    public void Unusable_instance_that_was_mended_and_breaks_again_is_said_again()
    {
        Decode(Entry(port: 0));
        Decode(Entry(port: 1));
        Decode(Entry(port: 0));

        Assert.Equal(2, _logger.Entries.Count);
    }

    [Fact]
    public void Order_does_not_depend_on_the_answer()
    {
        string[] entries = [.. Enumerable.Range(1, 50).Select(static i => Entry(port: i, id: "web-" + i))];

        Assert.Equal(Decode(entries), Decode([.. entries.Reverse()]));
    }

    private EndpointDescriptor[] Decode(params string[] entries) =>
        _decoder.Decode(JsonSerializer.Deserialize(List(entries), WireJson.Default.ListWireEntry)!);
}
