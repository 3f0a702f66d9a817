using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using ClientLb.Balancing;
using ClientLb.Simulation.Dispatch;
using ClientLb.Simulation.Model;

namespace ClientLb.Simulation;

/// <summary>What the command line asks for.</summary>
/// <param name="Cells">The cells, one for each seed.</param>
/// <param name="Policies">The policies, in order.</param>
/// <param name="IsMatrix">The 43 cells were asked for.</param>
/// <param name="Json">Where the JSON goes, or none.</param>
/// <param name="Threads">How many runs at once.</param>
internal sealed record Arguments(IReadOnlyList<Cell> Cells, IReadOnlyList<string> Policies, bool IsMatrix, string? Json, int Threads)
{
    public const string Usage = """
        Usage: ClientLb.Simulation [options]    simulates load balancing in virtual time
        Lists, separated by commas; all combinations are run:
          --size S                    clients x servers (cores): S 20 x 10 (4), M 100 x 50 (2), L 200 x 200 (1; sparse),
                                      T 2 x 5 (4), G 2 x 100 (4), H 1000 x 20 (8)
          --scenario homog            homog, hetero, antag, mix, fast, failfast, flaky, hang, scaleout;
                                      failfast-10 (flaky-10, hang-10): 10 % of the servers fail, else 2 %, and always one
          --policy NAME               any policy of the library, by default its default; the bounds: central, oracle
          --dist lognormal            lognormal, bimodal, exponential
          --queue ps                  ps (processor sharing), fifo
          --util 0.7                  utilisation
          --seed 1                    one run for each
        Or:
          --matrix                    the 43 cells by which policies are compared, with --policy, --seed and the options below
          draw FILE... --out FOLDER   pictures (SVG) of what earlier runs have written with --json
        Options:
          --json FILE                 writes an array of { size, scenario, distribution, queue, policy, util, seed, p50_ms, ... }
          --threads N                 runs at once; one a processor
          --time 1                    runs last so many times as long
          --skew 0                    client i sends in proportion to (i + 1)^-skew
          --delay 1ms                 the network's mean delay one way; 0.1ms
          --zone-delay 0ms            what one way between zones takes in addition
          --burst 0                   the rate changes by this share up and down, 0.2 s each
          --fan-out 1                 requests that a client sends at once
          --health on                 off: no endpoint is ever ejected
          --repeatable off            on: calls count as such that may be repeated, and may try an endpoint on probation
          --header off                on: servers say with each answer how many requests they have in flight
          --shards 1                  parts of recall's memory: 1, 2, 4, 8, 16; each pick and each outcome meets one of them by chance
          --weights off               on: endpoints have weights by their natural speed (hetero, mix, fast)
        """;

    private static readonly string[] OfCells = ["--size", "--scenario", "--dist", "--queue", "--util"];

    public static bool TryParse(string[] args, [NotNullWhen(true)] out Arguments? parsed, out IReadOnlyList<string> errors)
    {
        var flags = new Flags(args);
        var seeds = flags.Seeds();
        var variations = VariationsOf(flags);
        var policies = PoliciesOf(flags);
        var isMatrix = flags.IsSet("--matrix");
        var kinds = isMatrix ? Matrix.Cells : CellsOf(flags);
        if (isMatrix)
        {
            flags.Refuse("--matrix, which has its own cells", OfCells);
        }

        var json = flags.File("--json");
        var threads = flags.Threads();
        errors = flags.Finish();
        parsed = errors.Count > 0 ? null : new Arguments(
            [.. from kind in kinds from seed in seeds select kind with { Seed = seed, Variations = variations }], policies, isMatrix, json, threads);
        return parsed is not null;
    }

    private static List<Cell> CellsOf(Flags flags)
    {
        var sizes = flags.Choices("--size", "S", Size.All.Select(static size => size.Name)).Select(Size.Named).ToList();
        var scenarios = flags.List<Scenario>("--scenario", "homog", static (string text, out Scenario value) =>
        {
            var isKnown = Scenario.TryParse(text, out var scenario);
            value = scenario.GetValueOrDefault();
            return isKnown;
        }, Scenario.Names);
        var distributions = flags.Choices("--dist", "lognormal", Enum.GetNames<Distribution>()).Select(static name => Enum.Parse<Distribution>(name)).ToList();
        var disciplines = flags.Choices("--queue", "ps", Enum.GetNames<Discipline>()).Select(static name => Enum.Parse<Discipline>(name)).ToList();
        var utilizations = flags.Numbers("--util", "0.7", 0.01, 0.99, isWhole: false);
        return
        [
            .. from distribution in distributions
               from discipline in disciplines
               from utilization in utilizations
               from size in sizes
               from scenario in scenarios
               select new Cell(size, scenario, distribution, discipline, utilization, 0, Variations.None),
        ];
    }

    private static List<string> PoliciesOf(Flags flags) => flags.Choices(
        "--policy", LoadBalancingPolicies.Default, [.. new LoadBalancingPolicies([]).Names, CentralQueue.Name, FullKnowledge.Name]);

    private static Variations VariationsOf(Flags flags) => new()
    {
        Skew = flags.Number("--skew", 0, 0, 10, isWhole: false),
        Delay = flags.Seconds("--delay", "0.1ms"),
        Burst = flags.Number("--burst", 0, 0, 0.99, isWhole: false),
        ZoneDelay = flags.Seconds("--zone-delay", "0ms"),
        FanOut = (int)flags.Number("--fan-out", 1, 1, 1000, isWhole: true),
        Time = flags.Number("--time", 1, 0.01, 1000, isWhole: false),
        Weights = flags.OnOff("--weights", false),
        Health = flags.OnOff("--health", true),
        Repeatable = flags.OnOff("--repeatable", false),
        Header = flags.OnOff("--header", false),
        Shards = int.Parse(flags.Choice("--shards", "1", ["1", "2", "4", "8", "16"]), CultureInfo.InvariantCulture),
    };
}
