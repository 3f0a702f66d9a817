namespace ClientLb.Samples.Failover.Runs;

/// <summary>When the parts of a run began, in ticks of <see cref="Endpoints.MonotonicClock"/>; 0 for what is yet to come.</summary>
internal sealed class RunTimes
{
    /// <summary>The load is warm and counts.</summary>
    public long Start { get; set; }

    /// <summary>The fault begins.</summary>
    public long Hurt { get; set; }

    /// <summary>The fault ends.</summary>
    public long Heal { get; set; }

    /// <summary>The victim can be used again: it listens, or has answered.</summary>
    public long Back { get; set; }

    /// <summary>The load ends.</summary>
    public long End { get; set; }

    /// <summary>The part that goes on, in a word.</summary>
    public string Phase => this switch
    {
        { Start: 0 } => "warm-up",
        { Hurt: 0 } => "before",
        { Heal: 0 } => "fault",
        { End: 0 } => "recovery",
        _ => "over",
    };
}
