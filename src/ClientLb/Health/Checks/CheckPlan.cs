using ClientLb.Endpoints;

namespace ClientLb.Health.Checks;

/// <summary>When one endpoint is checked, and what came of it so far. Guarded by its checker's lock.</summary>
internal sealed class CheckPlan(Endpoint endpoint)
{
    public Endpoint Endpoint { get; } = endpoint;

    public CheckTally Tally { get; } = new();

    /// <summary>The place in the interval that the ordinary checks keep, without their jitter.</summary>
    public long Base { get; set; }

    /// <summary>When the next check is due. An entry in a queue that says otherwise is out of date.</summary>
    public long Due { get; set; }

    /// <summary>True while it is looked at more often: it fails, has just failed, or has not passed yet.</summary>
    public bool IsHurried { get; set; }

    public bool IsRunning { get; set; }

    /// <summary>The endpoint has left, or checks are made otherwise now: what still comes of this one counts no more.</summary>
    public bool IsDropped { get; set; }

    /// <summary>The last list that named its endpoint.</summary>
    public int Listing { get; set; }
}
