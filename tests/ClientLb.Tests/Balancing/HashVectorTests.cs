using ClientLb.Balancing;
using ClientLb.Endpoints;

namespace ClientLb.Tests.Balancing;

/// <summary>
/// Changing anything here moves every user's keys: to other caches, away from warm sessions, and while versions are mixed to different places at once. The
/// expected values were computed by a second program from the published algorithms, not by this library.
/// </summary>
public sealed class HashVectorTests
{
    private static readonly string[] s_policies = ["source_hash", "consistent_hash", "maglev", "rendezvous"];

    [Theory]
    [InlineData("", 0, 0xEF46DB3751D8E999)]
    [InlineData("a", 0, 0xD24EC4F1A98C6E5B)]
    [InlineData("abc", 0, 0x44BC2CF5AD770999)]
    [InlineData("abc", 0x9E3779B1, 0x1318DF30094A85FD)]
    [InlineData("Nobody inspects the spammish repetition", 0, 0xFBCEA83C8A378BF1)]
    [InlineData("user-1", 0, 0xA173746B114C6BE8)]
    [InlineData("10.0.0.7", 0, 0x33BC876F4FF647C5)]
    [InlineData("naïve café ✓", 0, 0x29DDF36C0D7BF257)]
    [InlineData("/orders/4711?view=full", 0, 0x66F1497BED42D9C2)]
    [InlineData("0123456789abcdef0123456789abcdef0123456789", 0, 0xA76190C3ACF08A1C)]
    public void Text_is_hashed_by_xxh64_of_its_utf8(string text, ulong seed, ulong expected) => Assert.Equal(expected, StableHash.Of(text, seed));

    [Fact]
    public void Long_text_and_short_one_are_hashed_alike()
    {
        Assert.Equal(StableHash.Of(System.Text.Encoding.UTF8.GetBytes("a\uD800b").AsSpan()), StableHash.Of("a\uD800b"));
        foreach (var length in new[] { 85, 86, 255, 256, 257, 1_000 })
        {
            foreach (var letter in new[] { 'x', 'é', '✓' })
            {
                var text = new string(letter, length);
                Assert.Equal(StableHash.Of(System.Text.Encoding.UTF8.GetBytes(text).AsSpan()), StableHash.Of(text));
            }
        }
    }

    [Fact]
    public void Number_is_hashed_as_its_bytes_the_lowest_first() =>
        Assert.Equal(StableHash.Of([0x08, 0x07, 0x06, 0x05, 0x04, 0x03, 0x02, 0x01], 5), StableHash.Of(0x0102030405060708UL, 5));

    [Theory]
    [InlineData("user-1", 1, 4, 4, 3)]
    [InlineData("user-2", 6, 3, 0, 1)]
    [InlineData("user-3", 5, 1, 1, 1)]
    [InlineData("user-4", 6, 2, 5, 5)]
    [InlineData("user-5", 1, 6, 2, 2)]
    [InlineData("user-6", 3, 6, 1, 4)]
    [InlineData("user-7", 6, 3, 4, 5)]
    [InlineData("user-8", 4, 2, 3, 5)]
    public void Key_belongs_to_this_one_of_seven_equal_endpoints(string key, params int[] expected)
    {
        var members = Enumerable.Range(0, 7).Select(i => Member($"dc1/node-{i}/web", 1)).ToArray();
        Assert.Equal(expected.Select(i => $"dc1/node-{i}/web"), s_policies.Select(policy => OwnerOf(policy, members, key)));
    }

    [Theory]
    [InlineData("user-1", "a", "b", "a", "a")]
    [InlineData("user-2", "a", "b", "c", "a")]
    [InlineData("user-3", "a", "a", "c", "a")]
    [InlineData("user-4", "10.0.0.1:80", "a", "b", "b")]
    [InlineData("user-5", "10.0.0.1:80", "b", "10.0.0.1:80", "b")]
    [InlineData("user-6", "c", "b", "c", "b")]
    [InlineData("user-7", "c", "b", "a", "a")]
    [InlineData("user-8", "a", "10.0.0.1:80", "10.0.0.1:80", "c")]
    public void Key_belongs_to_this_one_of_four_endpoints_with_weights(string key, params string[] expected)
    {
        WeightedEndpoint[] members = [Member("a", 5), Member("b", 3), Member("c", 2), Member("10.0.0.1:80", 3)];
        Assert.Equal(expected, s_policies.Select(policy => OwnerOf(policy, members, key)));
    }

    private static WeightedEndpoint Member(string id, double weight) =>
        new(new Endpoint(new EndpointDescriptor("10.0.0.1", 80) { Id = id }, MonotonicClock.System), weight);

    private static string OwnerOf(string policy, WeightedEndpoint[] members, string key)
    {
        var picker = Policies.Find(policy).CreatePicker(new PickerInput { Members = members, Random = new SeededRandomSource(1), Clock = MonotonicClock.System });
        return picker.Pick(new PickContext(Fleet.Now) { HashKey = StableHash.Of(key), HasHashKey = true })!.Id;
    }
}
