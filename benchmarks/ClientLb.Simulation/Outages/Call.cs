using ClientLb.Calls;

namespace ClientLb.Simulation.Outages;

/// <summary>A call of a client: one attempt, or several.</summary>
internal sealed class Call(int client, double startedAt, double work)
{
    public int Client => client;

    public double StartedAt => startedAt;

    /// <summary>What its first attempt asks of a server, in seconds.</summary>
    public double Work => work;

    /// <summary>What may be done with it.</summary>
    public CallTraits Traits { get; init; } = CallTraits.RepeatableAndReplayable;

    /// <summary>Within how many ticks its caller wants it to be over, where that was said.</summary>
    public long Limit { get; init; } = long.MaxValue;

    /// <summary>How many attempts it has made.</summary>
    public int Attempts { get; set; }

    /// <summary>How often a server has acted on it, where that is counted.</summary>
    public int Acted { get; set; }
}
