namespace ClientLb.Simulation.Model;

/// <summary>Draws how much a request asks of its server.</summary>
internal sealed class Work(Distribution distribution, double mean, Chance chance)
{
    /// <summary>Seconds on an idle server of normal speed.</summary>
    public double Next() => distribution switch
    {
        Distribution.Exponential => chance.Exponential(mean),
        Distribution.Bimodal => (chance.NextDouble() < 0.99 ? 1 : 50) * mean / 1.49,

        // e^(σ² / 2) is the mean of a lognormal with μ = 0.
        _ => mean * Math.Exp(chance.Normal() - 0.5),
    };
}
