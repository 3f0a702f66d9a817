using System.Text.Json;
using ClientLb.Consul;
using ClientLb.Consul.Wire;
using ClientLb.Endpoints;
using ClientLb.Tests.Discovery;
using FsCheck;
using FsCheck.Fluent;
using static ClientLb.Tests.Consul.WireText;

namespace ClientLb.Tests.Consul;

/// <summary>A decoder remembers the list before. What it remembers must never show in what it says.</summary>
public class ConsulDecoderSharingTests
{
    private static readonly Gen<string> AnyEntry =
        from port in Gen.Choose(0, 2)
        from id in Gen.Elements("web-1", "web-2", "Web-1")
        from node in Gen.Elements("n1", "n2")
        from address in Gen.Elements("10.0.0.1", "10.0.0.2", "", "not a host!")
        from meta in Gen.Elements("{}", "null", """{"a":"1"}""", """{"a":"2"}""", """{"A":"1"}""", """{"a":"1","A":"2"}""", """{"a":"","b":"1"}""", """{"zone":"z"}""")
        from tags in Gen.Elements("[]", "null", """["x","y"]""", """["x,y"]""", """["xy"]""", """["x",null]""", """["y","x"]""")
        from check in Gen.Elements("passing", "warning", "critical")
        from weights in Gen.Elements("""{"Passing":1,"Warning":1}""", """{"Passing":5,"Warning":2}""")
        select Entry(port, id, node, address, meta: meta, tags: tags, checks: List(Check(check)), weights: weights);

    [Fact]
    public void Decoder_says_the_same_whatever_it_has_seen_before()
    {
        Prop.ForAll(AnyEntry.ListOf().Select(static e => e.ToList()).ListOf().ToArbitrary(), lists =>
        {
            var decoder = Create();
            return lists.All(list => Decode(decoder, [.. list]).SequenceEqual(Decode(Create(), [.. list])));
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(500));
    }

    [Fact]
    public void Unchanged_instances_keep_their_descriptors()
    {
        var decoder = Create();
        var before = Decode(decoder, Entry(1, "a"), Entry(2, "b", meta: """{"v":"1"}"""), Entry(3, "c", tags: """["x","y"]"""));
        var after = Decode(decoder, Entry(3, "c", tags: """["x","y"]"""), Entry(1, "a", checks: List(Check("critical"))), Entry(2, "b", meta: """{"v":"1"}"""));

        Assert.NotSame(before[0], after[0]);
        Assert.Same(before[1], after[1]);
        Assert.Same(before[2], after[2]);
    }

    [Fact]
    public void Equal_metadata_and_places_are_one_object()
    {
        var endpoints = Decode(
            Create(), Entry(1, "a", meta: """{"v":"1"}""", tags: """["x"]"""), Entry(2, "b", meta: """{"v":"1"}""", tags: """["x"]"""), Entry(3, "c", meta: """{"v":"2"}"""));

        Assert.Same(endpoints[0].Metadata, endpoints[1].Metadata);
        Assert.Same(endpoints[0].Locality, endpoints[2].Locality);
        Assert.NotEqual(endpoints[0].Metadata, endpoints[2].Metadata);
    }

    [Fact]
    public void Instance_without_any_address_is_left_out() =>
        Assert.Empty(Decode(Create(), """{"Node":{"Node":"n1"},"Service":{"ID":"a","Port":1}}"""));

    [Fact]
    public void Ids_of_any_length_are_whole()
    {
        var id = new string('x', 1000);

        Assert.Equal($"dc1/n1/{id}", Assert.Single(Decode(Create(), Entry(id: id))).Id);
    }

    private static ConsulDecoder Create() => new("web", new ListLogger<ConsulDecoder>());

    private static EndpointDescriptor[] Decode(ConsulDecoder decoder, params string[] entries) =>
        decoder.Decode(JsonSerializer.Deserialize(List(entries), WireJson.Default.ListWireEntry)!);
}
