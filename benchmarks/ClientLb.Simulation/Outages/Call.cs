namespace ClientLb.Simulation.Outages;

/// <summary>A call of a client: one attempt, or several.</summary>
internal sealed class Call(int client, double startedAt, double work)
{
    public int Client => client;

    public double StartedAt => startedAt;

    /// <summary>What its first attempt asks of a server, in seconds.</summary>
    public double Work => work;

    /// <summary>How many attempts it has made.</summary>
    public int Attempts { get; set; }
}
