using System.Text;
using ClientLb.Discovery;
using ClientLb.Endpoints;
using FsCheck;
using FsCheck.Fluent;

namespace ClientLb.Tests.Discovery;

/// <summary>What is read is what was written, or nothing.</summary>
public sealed class StoredListFormatTests
{
    private static readonly StoredListKey Key = new("orders", "orders-v2", "consul");

    private static readonly Gen<string> AnyText =
        from parts in Gen.Elements("a", "Zone", "\"", "\\", "\n", "\0", "é", "ß", "日本", "😀", "{", "\u2028", "İ", " ", "/", "clientlb-endpoints 2").ListOf()
        select string.Concat(parts);

    private static readonly Gen<EndpointDescriptor> AnyEndpoint =
        from host in Gen.Elements("10.0.0.1", "10.0.0.2", "a.example", "B.example", "fd00::1", "xn--bcher-kva.example")
        from port in Gen.Choose(1, 65535)
        from id in AnyText
        from weight in Gen.Choose(0, 65535)
        from priority in Gen.Elements(0, 1, 1000, -5, int.MaxValue)
        from region in AnyText
        from zone in AnyText
        from status in Gen.Elements(Enum.GetValues<RegistryStatus>())
        from keys in AnyText.ListOf()
        from value in AnyText
        select new EndpointDescriptor(host, port)
        {
            Id = "#" + id,
            Weight = weight,
            Priority = priority,
            Locality = new(region, zone),
            Status = status,
            Metadata = EndpointMetadata.From(keys.Select(key => KeyValuePair.Create(key, value + key))),
        };

    [Fact]
    public void List_that_was_written_is_read_again_with_every_field()
    {
        Prop.ForAll(AnyEndpoint.NonEmptyListOf().ToArbitrary(), Gen.Choose(0, int.MaxValue).ToArbitrary(), (endpoints, seconds) =>
        {
            var list = new StoredList([.. endpoints.DistinctBy(e => (e.Id, e.Host, e.Port))], DateTimeOffset.UnixEpoch.AddSeconds(seconds).AddTicks(seconds));
            var key = new StoredListKey(endpoints[0].Id, endpoints[^1].Locality.Zone, endpoints[0].Locality.Region);

            var reading = StoredListFormat.Read(Write(key, list), key);

            return reading.Problem is null && reading.List!.ConfirmedAt == list.ConfirmedAt && reading.List.Endpoints.SequenceEqual(list.Endpoints);
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(300));
    }

    [Fact]
    public void Endpoint_that_is_listed_twice_is_stored_as_the_table_takes_it_the_last_counts()
    {
        EndpointDescriptor[] twice = [new("10.0.0.1", 80) { Weight = 3 }, new("10.0.0.2", 80), new("10.0.0.1", 80) { Weight = 7 }];

        var list = Read(Write(Key, new(twice, DateTimeOffset.UnixEpoch))).List;

        Assert.Equal([7, 1], list!.Endpoints.Select(e => e.Weight));
    }

    [Fact]
    public void List_that_would_not_be_read_is_not_written()
    {
        Assert.Null(StoredListFormat.Write(Key, new([new("10.0.0.1", 80), new("no host", 80)], DateTimeOffset.UnixEpoch), out var problem));

        Assert.Contains("host of its endpoint 1", problem, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(-3, 0)]
    [InlineData(100_000, 65535)]
    public void Weight_beyond_what_there_is_is_stored_as_the_nearest(int weight, int stored)
    {
        var list = Read(Write(Key, new([new("10.0.0.1", 80) { Weight = weight }], DateTimeOffset.UnixEpoch))).List;

        Assert.Equal(stored, Assert.Single(list!.Endpoints).Weight);
    }

    [Fact]
    public void File_that_is_cut_off_at_any_byte_is_no_list_and_says_so()
    {
        var bytes = Sample();

        for (var length = 0; length < bytes.Length; length++)
        {
            AssertRefused(Read(bytes.AsSpan(0, length)), $"{length} of {bytes.Length} bytes");
        }

        AssertRefused(Read([.. bytes, (byte)' ']), "one byte more");
        AssertRefused(Read([.. bytes, .. bytes]), "twice");
    }

    [Fact]
    public void File_with_any_bit_flipped_is_no_list_and_says_so()
    {
        var bytes = Sample();

        for (var bit = 0; bit < bytes.Length * 8; bit++)
        {
            bytes[bit / 8] ^= (byte)(1 << (bit % 8));
            AssertRefused(Read(bytes), $"bit {bit}");
            bytes[bit / 8] ^= (byte)(1 << (bit % 8));
        }

        Assert.NotNull(Read(bytes).List);
    }

    [Fact]
    public void Bytes_of_any_kind_are_no_list()
    {
        Prop.ForAll(Gen.Choose(0, 255).Select(b => (byte)b).ListOf().ToArbitrary(), Gen.Elements("", "clientlb-endpoints ", "clientlb-endpoints 1 ").ToArbitrary(),
            (bytes, start) => Read([.. Encoding.ASCII.GetBytes(start), .. bytes]) is { List: null, Problem.Length: > 0 }).Check(Config.QuickThrowOnFailure.WithMaxTest(1000));
    }

    [Theory]
    [InlineData("clientlb-endpoints 2 ")]
    [InlineData("clientlb-endpoints 17 something else entirely")]
    [InlineData("clientlb-endpoints 2147483647 sha512:00 20\n{}")]
    public void File_of_a_newer_version_is_known_as_such_whatever_follows(string text)
    {
        var reading = Read(Encoding.UTF8.GetBytes(text));

        Assert.True(reading.IsNewer);
        Assert.Null(reading.List);
        Assert.Contains("version", reading.Problem, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("", "empty")]
    [InlineData("\n", "no list of endpoints")]
    [InlineData("clientlb-endpoints 0 x 1\n{}", "first line")]
    [InlineData("clientlb-endpoints 99999999999 x", "first line")]
    [InlineData("clientlb-endpoints 1 x 2\n{}", "checksum")]
    public void File_that_is_none_says_what_is_wrong(string text, string problem)
    {
        var reading = Read(Encoding.UTF8.GetBytes(text));

        AssertRefused(reading, text);
        Assert.False(reading.IsNewer);
        Assert.Contains(problem, reading.Problem, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("""null""", "lists no endpoint")]
    [InlineData("""[]""", "content")]
    [InlineData("""{"cluster":1}""", "content")]
    [InlineData("""{"cluster":"orders","service":"orders-v2","source":"consul","confirmedAt":"2026-01-01T00:00:00Z","endpoints":[]}""", "lists no endpoint")]
    [InlineData("""{"cluster":"orders","service":"orders-v2","source":"consul","confirmedAt":"soon","endpoints":[{}]}""", "content")]
    [InlineData("""{"cluster":"orders","service":"orders-v2","source":"consul","endpoints":[{}]}""", "lists no endpoint")]
    [InlineData("""{"cluster":"others","service":"orders-v2","source":"consul","confirmedAt":"2026-01-01T00:00:00Z","endpoints":[{}]}""", "another cluster")]
    [InlineData("""{"cluster":"orders","service":"orders","source":"consul","confirmedAt":"2026-01-01T00:00:00Z","endpoints":[{}]}""", "another cluster, service")]
    [InlineData("""{"cluster":"orders","service":"orders-v2","source":"dns","confirmedAt":"2026-01-01T00:00:00Z","endpoints":[{}]}""", "another cluster, service or source")]
    public void Body_that_lies_as_a_whole_is_refused(string body, string problem) =>
        Assert.Contains(problem, Refusal(body), StringComparison.Ordinal);

    [Theory]
    [InlineData("null", "entry")]
    [InlineData("{}", "host")]
    [InlineData("""{"host":"0.0.0.0"}""", "host")]
    [InlineData("""{"host":"10.0.0.300"}""", "host")]
    [InlineData("""{"host":"a b"}""", "host")]
    [InlineData("""{"host":"a","port":0}""", "port")]
    [InlineData("""{"host":"a","port":65536}""", "port")]
    [InlineData("""{"host":"a","port":1}""", "id")]
    [InlineData("""{"host":"a","port":1,"id":""}""", "id")]
    [InlineData("""{"host":"a","port":1,"id":"a","weight":-1}""", "weight")]
    [InlineData("""{"host":"a","port":1,"id":"a","weight":65536}""", "weight")]
    [InlineData("""{"host":"a","port":1,"id":"a","weight":1}""", "priority")]
    [InlineData("""{"host":"a","port":1,"id":"a","weight":1,"priority":0,"region":"","zone":"","status":"well"}""", "status")]
    [InlineData("""{"host":"a","port":1,"id":"a","weight":1,"priority":0,"region":"","zone":"","status":"passing","metadata":{"a":null}}""", "metadata")]
    [InlineData("""{"host":"a","port":1,"id":"a","weight":1,"priority":0,"region":"","zone":"","status":"passing","metadata":{"a":"1","A":"2"}}""", "metadata")]
    [InlineData("""{"host":"a","port":1,"id":"a","token":"x"}""", "content")]
    [InlineData("""{"host":"a","host":"b"}""", "content")]
    [InlineData("""{"host":"a","port":"1"}""", "content")]
    [InlineData("""{"host":"a","port":1e9999}""", "content")]
    public void Endpoint_that_lies_is_refused_with_the_whole_list(string endpoint, string problem)
    {
        const string Good = """{"host":"a","port":1,"id":"a","weight":1,"priority":0,"region":"","zone":"","status":"passing"}""";

        Assert.Contains(problem, Refusal(Body(Good, endpoint)), StringComparison.Ordinal);
        Assert.Contains("1 is there twice", Refusal(Body(Good, Good)), StringComparison.Ordinal);
        Assert.NotNull(Read(Signed(Body(Good))).List);
    }

    private static byte[] Write(StoredListKey key, StoredList list)
    {
        var bytes = StoredListFormat.Write(key, list, out var problem);
        Assert.Null(problem);
        return bytes!;
    }

    private static string Body(params string[] endpoints) =>
        """{"cluster":"orders","service":"orders-v2","source":"consul","confirmedAt":"2026-01-01T00:00:00Z","endpoints":[""" + string.Join(',', endpoints) + "]}";

    private static string Refusal(string body)
    {
        var reading = Read(Signed(body));
        Assert.Null(reading.List);
        return reading.Problem!;
    }

    private static byte[] Signed(string body)
    {
        var bytes = Encoding.UTF8.GetBytes(body);
        return [.. StoredListFormat.Header(bytes), .. bytes];
    }

    private static byte[] Sample() => Write(Key, new(
        [
            new("10.0.0.1", 80) { Id = "dc1/n1/orders-1", Weight = 3, Status = RegistryStatus.Warning },
            new("b.example", 8080) { Locality = new("eu", "a"), Metadata = EndpointMetadata.From([KeyValuePair.Create("version", "2")]) },
        ], DateTimeOffset.UnixEpoch.AddYears(56)));

    private static StoredListReading Read(ReadOnlySpan<byte> bytes) => StoredListFormat.Read(bytes, Key);

    private static void AssertRefused(StoredListReading reading, string what) => Assert.True(reading is { List: null, Problem.Length: > 0 }, what);
}
