namespace ClientLb.Simulation.Model;

/// <summary>How a server shares its cores among requests.</summary>
internal enum Discipline
{
    /// <summary>All at once, each as quickly as the share of the cores allows (threads).</summary>
    Ps,

    /// <summary>One request a core, the others wait in order.</summary>
    Fifo,
}
