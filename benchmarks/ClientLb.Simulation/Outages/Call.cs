using ClientLb.Calls;

namespace ClientLb.Simulation.Outages;

/// <summary>A call of a client: one attempt, or several.</summary>
internal sealed class Call(int client, double startedAt, double work)
{
    public int Client => client;

    public double StartedAt => startedAt;

    /// <summary>What it asks of a server, in seconds.</summary>
    public double Work => work;

    /// <summary>The rules of its retries, once an attempt has failed.</summary>
    public RetryState? Retries { get; set; }
}
