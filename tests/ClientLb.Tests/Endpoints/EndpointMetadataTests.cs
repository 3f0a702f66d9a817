using ClientLb.Endpoints;
using FsCheck;
using FsCheck.Fluent;

namespace ClientLb.Tests.Endpoints;

public sealed class EndpointMetadataTests
{
    [Fact]
    public void Metadata_with_the_same_pairs_in_another_order_is_equal()
    {
        var one = Of(("version", "1"), ("team", "blue"), ("zone", "a"));
        var other = Of(("zone", "a"), ("version", "1"), ("team", "blue"));

        Assert.Equal(one, other);
        Assert.Equal(one.GetHashCode(), other.GetHashCode());
    }

    [Fact]
    public void Metadata_ignores_the_case_of_keys()
    {
        var one = Of(("Version", "1"));

        Assert.Equal(one, Of(("version", "1")));
        Assert.Equal(one.GetHashCode(), Of(("VERSION", "1")).GetHashCode());
        Assert.Equal("1", one["vERSION"]);
        Assert.True(one.ContainsKey("version"));
        Assert.True(one.TryGetValue("version", out var value) && value == "1");
    }

    [Fact]
    public void Metadata_with_another_value_key_or_size_differs()
    {
        var one = Of(("version", "a"));

        Assert.NotEqual(one, Of(("version", "A")));
        Assert.NotEqual(one, Of(("release", "a")));
        Assert.NotEqual(one, Of(("version", "a"), ("zone", "b")));
        Assert.NotEqual(one, EndpointMetadata.Empty);
        Assert.False(one.Equals(null));
        Assert.False(one.Equals("version"));
    }

    [Fact]
    public void Of_keys_that_differ_in_case_the_last_one_counts()
    {
        var metadata = Of(("Zone", "a"), ("zone", "b"));

        Assert.Single(metadata);
        Assert.Equal("b", metadata["ZONE"]);
    }

    [Fact]
    public void Nothing_is_always_the_same_instance()
    {
        Assert.Same(EndpointMetadata.Empty, EndpointMetadata.From(null));
        Assert.Same(EndpointMetadata.Empty, EndpointMetadata.From([]));
        Assert.Same(EndpointMetadata.Empty, EndpointMetadata.From(Nothing()));

        static IEnumerable<KeyValuePair<string, string>> Nothing()
        {
            yield break;
        }
    }

    [Fact]
    public void Metadata_does_not_see_later_changes_of_what_it_was_made_from()
    {
        var pairs = new Dictionary<string, string> { ["a"] = "1" };
        var metadata = EndpointMetadata.From(pairs);

        pairs["a"] = "2";

        Assert.Equal("1", metadata["a"]);
    }

    [Fact]
    public void Metadata_reads_like_a_dictionary_that_ignores_case()
    {
        var keys = Gen.Elements("a", "A", "b", "zone", "Zone", "_", "-", "", "é", "É", "z1", "z10");
        var pairs = Gen.Zip(keys, Gen.Elements("1", "2", "")).Select(static p => KeyValuePair.Create(p.Item1, p.Item2)).ListOf();
        Prop.ForAll(pairs.ToArbitrary(), given =>
        {
            var expected = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
            foreach (var (key, value) in given)
            {
                expected[key] = value;
            }

            var metadata = EndpointMetadata.From(given);
            return metadata.Count == expected.Count
                && metadata.All(pair => expected[pair.Key] == pair.Value)
                && metadata.Keys.Zip(metadata.Values).All(pair => expected[pair.First] == pair.Second)
                && expected.All(pair => metadata[pair.Key] == pair.Value && metadata.ContainsKey(pair.Key.ToUpperInvariant()))
                && metadata.Equals(EndpointMetadata.From(expected.Reverse()))
                && metadata.GetHashCode() == EndpointMetadata.From(expected.Reverse()).GetHashCode();
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(500));
    }

    [Fact]
    public void Key_that_is_not_there_is_told()
    {
        Assert.False(Of(("a", "1")).TryGetValue("b", out _));
        Assert.Contains("'b'", Assert.Throws<KeyNotFoundException>(() => Of(("a", "1"))["b"]).Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentNullException>(() => Of(("a", "1")).ContainsKey(null!));
    }

    private static EndpointMetadata Of(params (string Key, string Value)[] pairs) =>
        EndpointMetadata.From(pairs.Select(pair => KeyValuePair.Create(pair.Key, pair.Value)));
}
