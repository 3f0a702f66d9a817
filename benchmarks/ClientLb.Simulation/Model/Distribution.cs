namespace ClientLb.Simulation.Model;

/// <summary>How long requests take on an idle server of normal speed.</summary>
internal enum Distribution
{
    /// <summary>Lognormal with σ = 1: the usual long tail.</summary>
    Lognormal,

    /// <summary>99 % of 1 and 1 % of 50 parts.</summary>
    Bimodal,

    /// <summary>Exponential.</summary>
    Exponential,
}
