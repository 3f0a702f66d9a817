using ClientLb.Clusters;

namespace ClientLb.Simulation.Model;

/// <summary>A request under way. Pooled.</summary>
internal struct Request
{
    public int Client;
    public int Server;
    public double SentAt;
    public double Work;

    /// <summary>How many requests its server had in flight as it answered, this one included.</summary>
    public int Reported;

    /// <summary>The client has its answer.</summary>
    public bool IsAnswered;

    /// <summary>The client has given up. The server does not know and goes on.</summary>
    public bool IsAbandoned;

    /// <summary>What the client's cluster has lent for it.</summary>
    public Lease Lease;
}
