using ClientLb.Calls;
using ClientLb.Clusters;
using ClientLb.Simulation.Outages;

namespace ClientLb.Simulation.Storms;

/// <summary>What clients do about attempts that fail.</summary>
/// <param name="Name">The name on the command line.</param>
/// <param name="IsCallFunded">Whether calls fund the budget, and not successes.</param>
/// <param name="Configure">The settings of clusters.</param>
internal sealed record Strategy(string Name, bool IsCallFunded, Action<ClusterOptions> Configure)
{
    private const double TokensOfTenSeconds = 10 + (0.2 * 10 * 128);

    /// <summary>As by default; three attempts and nothing else; the same within a budget of a fifth of the calls and ten a second, as Finagle's.</summary>
    public static IReadOnlyList<Strategy> All { get; } =
    [
        new("standard", false, static _ => { }),
        new("plain", false, static options =>
        {
            Unguarded(options);
            options.RetryBudget.Ratio = 10;
            options.RetryBudget.MinTokens = 100_000;
        }),
        new("call-funded", true, static options =>
        {
            Unguarded(options);
            options.RetryBudget.Ratio = 0;
            options.RetryBudget.MinTokens = (int)TokensOfTenSeconds;
        }),
    ];

    /// <summary>Whether the promise is given for it.</summary>
    public bool IsOurs => Name == "standard";

    public Outage ApplyTo(Outage outage) => outage with { IsCallFunded = IsCallFunded, Configure = Configure, ConfigureClient = Clocks };

    private static void Clocks(TimeoutOptions timeouts, RetryOptions retry) => timeouts.Attempt = TimeSpan.FromSeconds(0.5);

    private static void Unguarded(ClusterOptions options)
    {
        options.OutlierDetection.Enabled = false;
        options.OutlierDetection.StallTime = TimeSpan.FromMinutes(5);
        options.Limits.Adaptive.Enabled = false;
    }
}
