using ClientLb.Simulation.Model;
using ClientLb.Simulation.Outages;

namespace ClientLb.Simulation.Tests;

/// <summary>The outages of <c>health</c> with few clients on small servers: the same rates for each client and server, and a tenth of the events.</summary>
public class OutageTests
{
    private static readonly string[] s_policies = ["recall", "peak_ewma", "round_robin"];

    private static readonly string[] s_short =
        ["fast", "fast-once", "hang", "hang-once", "flaky", "slow", "half-fast", "half-slow", "half-shed", "killed", "lying", "flapping", "flapping-well"];

    public static TheoryData<string, string> All => WithPolicies(s_short);

    public static TheoryData<string, string> Hours => WithPolicies(["noise-5x100", "noise-10x100", "noise-50x100"]);

    [Theory]
    [MemberData(nameof(All))]
    public void An_outage_stays_within_its_limits(string name, string policy)
    {
        var outage = Catalogue.Named(name);

        AssertHolds(outage with { Seconds = name.StartsWith("half", StringComparison.Ordinal) ? 28 : 55 }, SmallOf(outage), policy);
    }

    [Theory]
    [MemberData(nameof(Hours))]
    public void An_error_in_a_hundred_ejects_nobody(string name, string policy)
    {
        var outage = Catalogue.Named(name) with { Until = 300, Seconds = 300 };

        AssertHolds(outage, outage.Sizes[0], policy);
    }

    [Theory]
    [InlineData("recall")]
    [InlineData("peak_ewma")]
    [InlineData("round_robin")]
    public void Where_all_fail_none_is_out_when_it_ends_and_all_are_back_at_once(string policy)
    {
        var outage = Catalogue.Named("all");

        var figures = OutageRun.Of(outage, SmallOf(outage), policy, 1);

        Assert.Equal(0, figures.OutAtEnd);
        Assert.Equal(100, figures.Failed, 3);
        Assert.InRange(figures.FailedAfter, 0, 0.1);
        Assert.InRange(figures.Back, 0, 2);
    }

    /// <summary>A client that meets each of 200 servers once in four seconds: some fail five times before all have failed once.</summary>
    [Theory]
    [InlineData("recall")]
    [InlineData("peak_ewma")]
    [InlineData("round_robin")]
    public void Where_all_fail_a_sparse_client_leaves_none_out_either(string policy)
    {
        const int clients = 5;
        var size = Size.Named("L");
        var outage = Catalogue.Named("all");

        var figures = OutageRun.Of(
            outage with { Utilization = outage.Utilization * clients / size.Clients }, size with { Clients = clients }, policy, 1);

        Assert.Equal(0, figures.OutAtEnd);
        Assert.Equal(100, figures.Failed, 3);
    }

    /// <summary>What the limits are worth: without health, and with a policy that looks at nothing, they do not hold.</summary>
    [Theory]
    [InlineData("fast")]
    [InlineData("hang")]
    [InlineData("flaky")]
    [InlineData("lying")]
    [InlineData("slow")]
    public void Without_ejections_limits_do_not_hold(string name)
    {
        var outage = Catalogue.Named(name) with
        {
            Configure = static options =>
            {
                options.OutlierDetection.Enabled = false;
                options.OutlierDetection.StallTime = TimeSpan.FromMinutes(5);
            },
        };

        var size = SmallOf(outage);

        Assert.Contains(outage.Limits(OutageRun.Of(outage, size, "round_robin", 1), size, "round_robin"), static limit => !limit.Holds);
    }

    [Fact]
    public void The_same_seed_gives_the_same_figures()
    {
        var outage = Catalogue.Named("killed") with { Seconds = 30 };

        Figures Play(ulong seed) => OutageRun.Of(outage, SmallOf(outage), "recall", seed);

        Assert.Equal(Play(7), Play(7));
        Assert.NotEqual(Play(7), Play(8));
    }

    /// <summary>Nobody listens: a call goes on elsewhere at once, and only probes find out that somebody listens again.</summary>
    [Fact]
    public void The_dead_get_one_attempt_of_each_client_and_are_found_again_by_probes()
    {
        var outage = Catalogue.Named("killed");

        var figures = OutageRun.Of(outage, SmallOf(outage), "round_robin", 1);

        Assert.InRange(figures.ReachedMean, 0.5, 1);
        Assert.Equal(figures.ReachedMean, figures.Attempts);
        Assert.Equal(10, figures.OutAtEnd);
        Assert.InRange(figures.Back, 0, 5);
    }

    private static void AssertHolds(Outage outage, Size size, string policy)
    {
        var limits = outage.Limits(OutageRun.Of(outage, size, policy, 1), size, policy);

        Assert.NotEmpty(limits);
        Assert.All(limits, static limit => Assert.True(limit.Holds, limit.ToString()));
    }

    private static TheoryData<string, string> WithPolicies(string[] outages)
    {
        var data = new TheoryData<string, string>();
        foreach (var outage in outages)
        {
            Array.ForEach(s_policies, policy => data.Add(outage, policy));
        }

        return data;
    }

    private static Size SmallOf(Outage outage) => outage.Sizes[0] with { Clients = 5, Cores = 1 };
}
