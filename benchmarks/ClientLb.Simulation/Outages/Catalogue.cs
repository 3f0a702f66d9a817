using ClientLb.Endpoints;
using ClientLb.Simulation.Model;

namespace ClientLb.Simulation.Outages;

/// <summary>The outages.</summary>
internal static class Catalogue
{
    private const double From = 8;
    private const double Until = 20;

    private static readonly Size[] s_usual = [Size.Named("S"), Size.Named("M"), Size.Named("L")];
    private static readonly Size[] s_smaller = [Size.Named("S"), Size.Named("M")];
    private static readonly Size s_three = new("20x3", 20, 3, 4, 0, 0.0015, 0);

    public static IReadOnlyList<Outage> All { get; } =
    [
        One("fast", Ailment.Errors, 1, Expectations.OfFast),
        One("fast-once", Ailment.Errors, 1, Expectations.OfFastOnce) with { IsRepeatable = false },
        One("hang", Ailment.Hang, 1, Expectations.OfHang),
        One("hang-once", Ailment.Hang, 1, Expectations.OfHangOnce) with { IsRepeatable = false },
        One("flaky", Ailment.Errors, 0.5, Expectations.OfFlaky),
        One("slow", Ailment.Slow, 0.1, Expectations.OfSlow),
        Noise(5, 100),
        Noise(10, 100),
        Noise(10, 1000),
        Noise(50, 100),
        Everyone("all", Ailment.Errors, Expectations.OfAll),

        // Small: each call tries every endpoint, since nothing was sent.
        Everyone("all-gone", Ailment.Gone, Expectations.OfAllGone) with { Sizes = [Size.Named("S")] },
        new("most-fast")
        {
            Sizes = [s_three],
            Utilization = 0.25,
            Bad = static _ => 2,
            Turns = Whole(From, Until, static fleet => fleet.StrikeBad(Ailment.Errors)),
            Limits = Expectations.OfMostFast,
        },
        Half("half-fast", static fleet => fleet.StrikeBad(Ailment.Errors), Expectations.OfHalfFast),
        Half("half-slow", static fleet => fleet.StrikeBad(Ailment.Slow, 0.7), Expectations.OfHalfSlow),
        Half("half-shed", static fleet =>
        {
            fleet.StrikeBad(Ailment.Errors);
            fleet.Strike(fleet.Bad, fleet.Count, Ailment.Sheds, 40);
        }, Expectations.OfHalfShed),
        new("killed")
        {
            Sizes = [s_three],
            Utilization = 0.25,
            Bad = static _ => 2,
            Turns = Whole(From, Until, static fleet => fleet.StrikeBad(Ailment.Gone)),
            Limits = Expectations.OfKilled,
        },
        Lying("lying", 1, static _ => RegistryStatus.Passing, static fleet => fleet.StrikeBad(Ailment.Errors), Expectations.OfLying),
        Lying("flapping", 2, Flap, static fleet => fleet.StrikeBad(Ailment.Errors), Expectations.OfLying),
        Lying("flapping-well", 2, Flap, static _ => { }, Expectations.OfFlappingWell),
    ];

    public static Outage Named(string name) => All.First(outage => outage.Name == name);

    private static Outage One(string name, Ailment ailment, double share, Func<Figures, Size, string, IReadOnlyList<Limit>> limits) => new(name)
    {
        Sizes = s_usual,
        Turns = Whole(From, Until, fleet => fleet.StrikeBad(ailment, share)),
        Limits = limits,
    };

    /// <summary>One client that meets each host so many times in ten seconds, and one answer of a hundred is an error: an hour.</summary>
    private static Outage Noise(int hosts, int requests)
    {
        const int cores = 4;
        const double work = 0.0015;
        return new(FormattableString.Invariant($"noise-{hosts}x{requests}"))
        {
            Sizes = [new(FormattableString.Invariant($"1x{hosts}"), 1, hosts, cores, 0, work, 0)],
            From = 0,
            Until = 3600,
            Seconds = 3600,
            Utilization = requests / 10.0 * work / cores,
            Bad = static _ => 0,
            Turns = [new(0, static fleet => fleet.Strike(0, fleet.Count, Ailment.LateErrors, 0.01))],
            Limits = Expectations.OfNoise,
        };
    }

    private static Outage Everyone(string name, Ailment ailment, Func<Figures, Size, string, IReadOnlyList<Limit>> limits) => new(name)
    {
        Sizes = s_usual,
        Bad = static servers => servers,
        Until = 38,
        EachIsBack = true,
        Turns = Whole(From, 38, fleet => fleet.StrikeBad(ailment)),
        Limits = limits,
    };

    private static Outage Half(string name, Action<Fleet> strike, Func<Figures, Size, string, IReadOnlyList<Limit>> limits) => new(name)
    {
        Sizes = [new("20x20", 20, 20, 4, 0, 0.0015, 0)],
        Utilization = Expectations.HighLoad,
        Bad = static servers => servers / 2,
        Turns = Whole(From, Until, strike),
        Limits = limits,
    };

    private static Outage Lying(
        string name, double period, Func<int, RegistryStatus> says, Action<Fleet> strike, Func<Figures, Size, string, IReadOnlyList<Limit>> limits)
    {
        var lists = Enumerable.Range(0, (int)((Until - From) / period)).Select(turn => new Turn(From + (turn * period), fleet => fleet.List(says(turn))));
        return new(name)
        {
            Sizes = s_smaller,
            Turns = [.. Whole(From, Until, strike), .. lists, new Turn(Until, static fleet => fleet.List(RegistryStatus.Passing))],
            Limits = limits,
        };
    }

    private static RegistryStatus Flap(int turn) => turn % 2 == 0 ? RegistryStatus.Critical : RegistryStatus.Passing;

    private static Turn[] Whole(double from, double until, Action<Fleet> strike) =>
        [new(from, strike), new(until, static fleet => fleet.CureAll())];
}
