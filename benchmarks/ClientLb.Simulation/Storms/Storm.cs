using ClientLb.Simulation.Model;
using ClientLb.Simulation.Outages;

namespace ClientLb.Simulation.Storms;

/// <summary>
/// Half of the servers are lost for ten seconds, and the others can't do what all did: the scenario of the retry-storm simulation by which the design was made. 20 servers of 4
/// workers, first come first served, work of 10 ms by an exponential distribution, 80 % load, attempts of half a second, every attempt draws its work anew, and servers work on
/// for callers who have gone, unless they have the library's middleware.
/// </summary>
/// <param name="Form">What becomes of the half.</param>
/// <param name="Clients">How many clients.</param>
/// <param name="HasMiddleware">Whether servers refuse what is too much, and drop what nobody waits for.</param>
internal sealed record Storm(StormForm Form, int Clients, bool HasMiddleware)
{
    private const int Servers = 20;
    private const int Workers = 4;
    private const double MeanWork = 0.01;
    private const double Load = 0.8;
    private const double From = 15;
    private const double Until = 25;
    private const double LeftOfSpeed = 0.05;

    // A tenth of a second's work of one server: who comes when so many are there would wait that long.
    private const int Places = 40;

    /// <summary>How long recovery is waited for: as long as that is "never".</summary>
    private const double Patience = 45;

    /// <summary>The most of the calls that those can answer who are left, in percent.</summary>
    public double Possible => 100 * (1 + (Form == StormForm.Brown ? LeftOfSpeed : 0)) / 2 / Load;

    /// <param name="strategy">What clients do.</param>
    /// <param name="policy">The policy.</param>
    /// <param name="seed">The seed.</param>
    /// <param name="patience">How long recovery is waited for, in seconds.</param>
    public Figures Play(Strategy strategy, string policy, ulong seed, double patience = Patience) =>
        OutageRun.Of(strategy.ApplyTo(Outage) with { Seconds = Until + patience }, Size, policy, seed);

    private Size Size => new(FormattableString.Invariant($"{Clients}x{Servers}"), Clients, Servers, Workers, 0, MeanWork, 0);

    private Outage Outage => new("storm")
    {
        Sizes = [],
        From = From,
        Until = Until,
        Utilization = Load,
        Distribution = Distribution.Exponential,
        Discipline = Discipline.Fifo,
        Bad = static servers => servers / 2,

        // With the middleware too: it drops what waits, and what has begun goes on.
        WorksForNobody = true,
        ConcurrencyLimit = HasMiddleware ? Places : 0,
        EndsWhenRecovered = true,
        Turns = [new(From, Strike), new(Until, static fleet => fleet.CureAll())],
        Limits = static (_, _, _) => [],
    };

    private void Strike(Fleet fleet)
    {
        switch (Form)
        {
            case StormForm.Brown:
                fleet.StrikeBad(Ailment.Slow, LeftOfSpeed);
                break;
            case StormForm.Hang:
                fleet.StrikeBad(Ailment.Hang);
                break;
            default:
                fleet.StrikeBad(Ailment.Errors);
                break;
        }
    }
}
