using System.Text.RegularExpressions;
using ClientLb.Balancing;
using ClientLb.Tests.Architecture;

namespace ClientLb.Tests.Balancing;

/// <summary>docs/algorithms.md, kept whole.</summary>
public sealed partial class AlgorithmsPageTests
{
    private static readonly string Docs = Path.Combine(Repository.Root, "docs");
    private static readonly string Page = File.ReadAllText(Path.Combine(Docs, "algorithms.md")).ReplaceLineEndings("\n");

    [Fact]
    public void Table_of_choice_has_every_policy_once_and_no_other()
    {
        var section = Page.Split("\n## ").Single(static part => part.StartsWith("Which to choose when\n", StringComparison.Ordinal));
        var first = section.Split('\n').Where(static line => line.StartsWith('|')).Select(static line => line.Split('|')[1]);

        var named = first.SelectMany(static cell => Names().Matches(cell)).Select(static match => match.Groups[1].Value).Order(StringComparer.Ordinal);

        Assert.Equal(new LoadBalancingPolicies([]).Names.Order(StringComparer.Ordinal), named);
    }

    [Fact]
    public void Page_shows_every_picture_that_there_is_and_no_other()
    {
        var shown = Images().Matches(Page).Select(static match => match.Groups[1].Value).Order(StringComparer.Ordinal).ToList();

        var drawn = Directory.GetFiles(Path.Combine(Docs, "images"), "*.svg").Select(static file => "images/" + Path.GetFileName(file));

        Assert.NotEmpty(shown);
        Assert.Equal(drawn.Order(StringComparer.Ordinal), shown);
    }

    [GeneratedRegex("`([a-z_]+)`")]
    private static partial Regex Names();

    [GeneratedRegex(@"!\[[^\]]+\]\(([^)]+)\)")]
    private static partial Regex Images();
}
