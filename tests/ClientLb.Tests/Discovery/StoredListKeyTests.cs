using System.Text;
using ClientLb.Discovery;
using FsCheck;
using FsCheck.Fluent;

namespace ClientLb.Tests.Discovery;

public sealed class StoredListKeyTests
{
    private static readonly Gen<string> AnyName =
        from c in Gen.Elements('a', 'A', '_', '@', '~', '/', '\\', '.', ' ', 'é', 'É', '\0', ':', '0', '\ud83d', 'x').ListOf()
        from repeat in Gen.Elements(1, 1, 1, 40)
        select string.Concat(Enumerable.Repeat(new string([.. c]), repeat));

    [Fact]
    public void Names_of_files_differ_where_cluster_or_source_do_and_suit_every_file_system()
    {
        Prop.ForAll(AnyName.ToArbitrary(), AnyName.ToArbitrary(), AnyName.ToArbitrary(), (a, b, c) =>
        {
            (string, string)[] keys = [.. new[] { (a, b), (b, a), (a, c), (c, b), (a + b, c), (a, b + c), (a + "@" + b, c), (a.ToUpperInvariant(), b) }.Distinct()];
            var names = keys.Select(key => Name(key.Item1, key.Item2)).ToArray();
            return names.Distinct(StringComparer.OrdinalIgnoreCase).Count() == keys.Length && names.All(IsSound);
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(500));
    }

    [Fact]
    public void Plain_names_stay_readable() => Assert.Equal("clientlb-orders.eu-1@consul.endpoints", Name("orders.eu-1", "consul"));

    [Fact]
    public void Same_names_have_the_same_file_whatever_the_service() =>
        Assert.Equal(new StoredListKey("orders", "a", "consul").FileName(), new StoredListKey("orders", "b", "consul").FileName());

    [Fact]
    public void Long_names_that_differ_at_their_end_have_files_of_their_own()
    {
        var one = Name(new string('a', 1000) + "1", "consul");

        Assert.NotEqual(one, Name(new string('a', 1000) + "2", "consul"));
        Assert.NotEqual(one, Name(new string('a', 1000) + "1", "dns"));
        Assert.True(IsSound(one));
    }

    private static string Name(string cluster, string source) => new StoredListKey(cluster, cluster, source).FileName();

    // A temporary file beside it has 37 characters more.
    private static bool IsSound(string name) => Encoding.UTF8.GetByteCount(name) <= 255 - 37 && name.All(c => char.IsAsciiLetterLower(c) || char.IsAsciiDigit(c) || "-._@~".Contains(c));
}
