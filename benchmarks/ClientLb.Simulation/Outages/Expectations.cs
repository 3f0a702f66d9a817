using ClientLb.Simulation.Model;

namespace ClientLb.Simulation.Outages;

/// <summary>
/// What may come of each outage. Where issue and documents name a number it is that one; the others are what the worst of some seeds has shown, and a
/// margin. Policies that look at latency or errors avoid a bad server by themselves, often before health has a reason to eject it.
/// </summary>
internal static class Expectations
{
    /// <summary>The load at which half of the servers fail.</summary>
    public const double HighLoad = 0.8;

    public static IReadOnlyList<Limit> OfFast(Figures figures, Size size, string policy) =>
    [
        Reached(figures),
        Failed(figures, 0.1),
        Wrong(figures),
        Limit.AtMost("ejections after it", figures.Again, 0),
        Tail(figures, 1.3),
        Back(figures, policy == "peak_ewma" ? 30 : 15),
        .. policy == "round_robin" && !IsSparse(size) ? [Limit.AtMost("last out", figures.OutWorst, 2)] : Array.Empty<Limit>(),
    ];

    public static IReadOnlyList<Limit> OfFastOnce(Figures figures, Size size, string policy) =>
        [Reached(figures), Failed(figures, IsSparse(size) ? 0.75 : 0.3), Wrong(figures), Tail(figures, 1.3)];

    public static IReadOnlyList<Limit> OfHang(Figures figures, Size size, string policy) =>
    [
        Limit.AtMost("last attempt but probation", figures.LastPlain, 3),
        Limit.AtMost("longest call", figures.Longest, IsSparse(size) ? 7 : 4.5),
        Failed(figures, 0.1),
        Wrong(figures),
        .. IsSparse(size) ? Array.Empty<Limit>() : [Tail(figures, 1.3)],
    ];

    /// <summary>What may not be repeated waits for its time limit, and nothing else tells a frozen server from one that accepts connections.</summary>
    public static IReadOnlyList<Limit> OfHangOnce(Figures figures, Size size, string policy) => [Failed(figures, 1.2), Wrong(figures)];

    public static IReadOnlyList<Limit> OfFlaky(Figures figures, Size size, string policy) =>
        [Limit.AtMost("first attempts failed, %", figures.FirstFailed, 1), Failed(figures, 0.1), Wrong(figures), Tail(figures, 1.5)];

    public static IReadOnlyList<Limit> OfSlow(Figures figures, Size size, string policy) =>
    [
        Failed(figures, 0.1),
        Wrong(figures),
        .. policy == "round_robin" || (policy == "peak_ewma" && IsSparse(size)) ? Array.Empty<Limit>() : [Tail(figures, 1.3)],

        // Nothing but health takes load off a slow one there: by its latency, which is looked at every 10 s, or by the answers that it no longer gives in time.
        .. policy == "round_robin" && !IsSparse(size) ? [Limit.AtMost("last out", figures.OutWorst, 15), Limit.AtMost("never out, %", figures.NeverOut, 30)] : Array.Empty<Limit>(),
    ];

    public static IReadOnlyList<Limit> OfNoise(Figures figures, Size size, string policy) =>
        [Wrong(figures), Failed(figures, 0.01), Limit.AtLeast("first attempts failed, %", figures.FirstFailed, 0.8)];

    public static IReadOnlyList<Limit> OfAll(Figures figures, Size size, string policy) =>
    [
        Limit.AtMost("out as it ends", figures.OutAtEnd, 0),
        Limit.AtMost("failed calls after it, %", figures.FailedAfter, 0.1),

        // Of 200 servers some have less than 80 % of their share by chance.
        .. IsSparse(size) ? Array.Empty<Limit>() : [Back(figures, 2)],
    ];

    public static IReadOnlyList<Limit> OfAllGone(Figures figures, Size size, string policy) => [Back(figures, 2)];

    public static IReadOnlyList<Limit> OfMostFast(Figures figures, Size size, string policy) =>
    [
        Wrong(figures),

        // One of the two stays in. Round robin gives it every second call, and the retries' budget is less than that.
        Failed(figures, policy == "round_robin" ? 35 : 0.1),
    ];

    public static IReadOnlyList<Limit> OfHalfFast(Figures figures, Size size, string policy) =>
    [
        Wrong(figures),
        Goodput(figures, 0.95 * CapacityOf(size) / 2),
        Limit.AtMost("recovery", figures.Recovery, 5),
        Limit.AtMost("p99 at its beginning, ms", figures.P99Onset, 1000),
        Limit.AtMost("p99 in it, ms", figures.P99During, 1000),
        Limit.AtMost("panic, %", figures.Panic, 1),
    ];

    public static IReadOnlyList<Limit> OfHalfSlow(Figures figures, Size size, string policy) =>
    [
        Wrong(figures),
        Failed(figures, 0.1),
        Limit.AtMost("panic, %", figures.Panic, 1),

        // Round robin gives slow ones as much as the others: more than they can do.
        .. policy == "round_robin" ? Array.Empty<Limit>() : [Goodput(figures, 0.97 * HighLoad * CapacityOf(size))],
    ];

    public static IReadOnlyList<Limit> OfHalfShed(Figures figures, Size size, string policy) =>
        [Goodput(figures, 0.95 * CapacityOf(size) / 2), Limit.AtMost("panic, %", figures.Panic, 1)];

    public static IReadOnlyList<Limit> OfKilled(Figures figures, Size size, string policy) =>
    [
        Reached(figures),
        Limit.AtMost("attempts but probation", figures.PlainAfter, 0),
        Limit.AtMost("last out", figures.OutWorst, 0.5),
        Failed(figures, 0.01),
        Limit.AtMost("longest call", figures.Longest, 1),
        Wrong(figures),
        Back(figures, 5),
    ];

    public static IReadOnlyList<Limit> OfLying(Figures figures, Size size, string policy) =>
        [Reached(figures), Limit.AtMost("attempts", figures.Attempts, 12), Failed(figures, 0.1), Wrong(figures), Tail(figures, 1.3)];

    public static IReadOnlyList<Limit> OfFlappingWell(Figures figures, Size size, string policy) =>
        [Wrong(figures), Limit.AtMost("ejections of it", figures.Again, 0), Failed(figures, 0), Back(figures, 5)];

    /// <summary>Answers a second of all servers at their best.</summary>
    private static double CapacityOf(Size size) => size.Servers * size.Cores / size.MeanWork;

    // One client meets one server too rarely for five failures in a row.
    private static bool IsSparse(Size size) => size.MeanWork > 0.01;

    private static Limit Reached(Figures figures) => Limit.AtMost("attempts before ejection", figures.ReachedWorst, 10);

    private static Limit Failed(Figures figures, double percent) => Limit.AtMost("failed calls, %", figures.Failed, percent);

    private static Limit Wrong(Figures figures) => Limit.AtMost("ejections of well ones", figures.Wrong, 0);

    private static Limit Tail(Figures figures, double factor) => Limit.AtMost("p99 in it", figures.P99During, factor * figures.P99Before);

    private static Limit Back(Figures figures, double seconds) => Limit.AtMost("back after", figures.Back, seconds);

    private static Limit Goodput(Figures figures, double least) => Limit.AtLeast("good answers/s", figures.Goodput, least);
}
