using ClientLb.Balancing;
using ClientLb.Endpoints;
using ClientLb.Tests.Architecture;
using ClientLb.Tests.Balancing;
using ClientLb.Tests.DependencyInjection;
using Microsoft.Extensions.DependencyInjection;
using Shop;

namespace ClientLb.Tests.Examples;

/// <summary>The policy that the docs show to those who write their own.</summary>
public class BestOfThreePolicyTests
{
    [Fact]
    public void Page_shows_the_very_code()
    {
        var code = File.ReadAllText(Path.Combine(Repository.Root, "tests", "ClientLb.Tests", "Examples", "BestOfThreePolicy.cs")).ReplaceLineEndings("\n").Trim();
        var page = File.ReadAllText(Path.Combine(Repository.Root, "docs", "policies.md")).ReplaceLineEndings("\n");

        Assert.Contains($"```csharp\n{code}\n```", page, StringComparison.Ordinal);
        Assert.InRange(code.Split('\n').Length, 1, 60);
    }

    [Fact]
    public async Task One_class_and_one_line_make_it_the_policy_of_a_cluster()
    {
        await using var app = new App(
            static services =>
            {
                services.AddClientLb().AddPolicy(new BestOfThreePolicy("zone-a"));
                services.AddLoadBalancedHttpClient("orders");
            },
            ("ClientLb:Clusters:orders:Policy", "best_of_three"),
            ("ClientLb:Clusters:orders:Endpoints:0:Address", "10.0.0.1:80"),
            ("ClientLb:Clusters:orders:Endpoints:0:Zone", "zone-b"),
            ("ClientLb:Clusters:orders:Endpoints:0:Region", "north"),
            ("ClientLb:Clusters:orders:Endpoints:1:Address", "10.0.0.2:80"),
            ("ClientLb:Clusters:orders:Endpoints:1:Zone", "zone-a"),
            ("ClientLb:Clusters:orders:Endpoints:1:Region", "north"));
        var client = app.Client("orders");

        for (var i = 0; i < 10; i++)
        {
            Assert.Equal("10.0.0.2:80", await client.GetStringAsync("/"));
        }
    }

    [Fact]
    public void Excluded_endpoints_are_never_picked_and_the_least_loaded_is_preferred()
    {
        var fleet = Fleet.OfEqual(4);
        fleet.Hold(0, 5);
        var picker = new BestOfThreePolicy("none").CreatePicker(new PickerInput
        {
            Members = fleet.Members,
            Random = new SeededRandomSource(2),
            Clock = MonotonicClock.System,
        });

        var counts = fleet.CountPicks(picker, 3_000);

        // It is picked where all three draws are the same one.
        Assert.InRange(counts[0], 10, 100);
        Assert.Equal(0, fleet.CountPicks(picker, 500, fleet[1], fleet[2])[1]);
        Assert.Null(picker.Pick(new PickContext(Fleet.Now, [.. fleet.Members.Select(member => member.Endpoint)])));
    }
}
