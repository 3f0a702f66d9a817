using ClientLb.Simulation.Outages;

namespace ClientLb.Simulation.Storms;

/// <summary>What is promised of the library's defaults.</summary>
internal static class StormLimits
{
    public static IReadOnlyList<Limit> Of(Storm storm, Figures figures) =>
    [
        Limit.AtLeast("good, % of what is possible", 100 * figures.GoodShare / storm.Possible, 95),
        Limit.AtMost("recovery", figures.Recovery, Recovery(storm)),

        // What the middleware refuses is refused in 0.1 ms, and a fifth of the successes may ask somebody else: that is no load.
        .. storm.HasMiddleware ? Array.Empty<Limit>() : [Limit.AtMost("attempts a call", figures.AttemptsPerCall, 1)],
    ];

    private static double Recovery(Storm storm) => storm switch
    {
        { HasMiddleware: true } => 1,
        { Form: StormForm.Errors } => 5,
        { Clients: < 50 } => 3,
        _ => 2,
    };
}
