using ClientLb.Calls;
using ClientLb.Clusters;
using ClientLb.Simulation.Model;

namespace ClientLb.Simulation.Outages;

/// <summary>A situation that health has to deal with, and what may come of it.</summary>
/// <param name="Name">The name on the command line.</param>
internal sealed record Outage(string Name)
{
    /// <summary>The sizes in which it is played.</summary>
    public required IReadOnlyList<Size> Sizes { get; init; }

    /// <summary>When it begins, in seconds.</summary>
    public double From { get; init; } = 8;

    /// <summary>When it ends.</summary>
    public double Until { get; init; } = 20;

    /// <summary>The length of the run.</summary>
    public double Seconds { get; init; } = 60;

    public double Utilization { get; init; } = 0.4;

    public Distribution Distribution { get; init; } = Distribution.Lognormal;

    public Discipline Discipline { get; init; } = Discipline.Ps;

    /// <summary>How many of the servers something befalls.</summary>
    public Func<int, int> Bad { get; init; } = static _ => 1;

    /// <summary>What happens, and when.</summary>
    public required IReadOnlyList<Turn> Turns { get; init; }

    /// <summary>Calls may be repeated.</summary>
    public bool IsRepeatable { get; init; } = true;

    /// <summary>Changes the settings of the clusters, which are as by default.</summary>
    public Action<ClusterOptions> Configure { get; init; } = static _ => { };

    /// <summary>Changes the settings of the clients, which are as by default.</summary>
    public Action<TimeoutOptions, RetryOptions> ConfigureClient { get; init; } = static (_, _) => { };

    /// <summary>Calls fund the budget of retries: see <see cref="CallFunding"/>.</summary>
    public bool IsCallFunded { get; init; }

    /// <summary>
    /// How many requests a server lets in before it refuses; it drops what nobody waits for any more, too, as one with the library's middleware does. 0: servers without it.
    /// </summary>
    public int ConcurrencyLimit { get; init; }

    /// <summary>See <see cref="Fleet.WorksForNobody"/>.</summary>
    public bool WorksForNobody { get; init; }

    /// <summary>The run ends once all is well again, however long it might last.</summary>
    public bool EndsWhenRecovered { get; init; }

    /// <summary>Each of the bad servers must be back by itself, not all of them in the mean.</summary>
    public bool EachIsBack { get; init; }

    /// <summary>What may come of it in a size with a policy.</summary>
    public required Func<Figures, Size, string, IReadOnlyList<Limit>> Limits { get; init; }

    /// <summary>How long shares are counted: long enough that chance is less than what is looked for.</summary>
    public static double WindowOf(Size size) => size.MeanWork > 0.01 ? 4 : 1;
}
