namespace ClientLb.Simulation.Outages;

/// <summary>What an outage came to. A pair is one client and one of the servers that something befell.</summary>
internal sealed record Figures
{
    /// <summary>Attempts of one client at one such server before it ejected it, or in the whole outage where it never did: the most.</summary>
    public required int ReachedWorst { get; init; }

    /// <summary>The same, the mean of all pairs.</summary>
    public required double ReachedMean { get; init; }

    /// <summary>Seconds from a pair's first attempt in the outage to its first ejection: the median of the pairs that had one.</summary>
    public required double OutMedian { get; init; }

    /// <summary>The same, the last one.</summary>
    public required double OutWorst { get; init; }

    /// <summary>Pairs without any ejection, in percent.</summary>
    public required double NeverOut { get; init; }

    /// <summary>Attempts in the outage after the pair's first ejection that were no probation's.</summary>
    public required long PlainAfter { get; init; }

    /// <summary>Seconds from a pair's first attempt in the outage to its last one there that was no probation's: the most.</summary>
    public required double LastPlain { get; init; }

    /// <summary>Attempts of the outage there, those of probations included: the mean of all pairs.</summary>
    public required double Attempts { get; init; }

    /// <summary>Ejections of servers that nothing befell, or before anything did.</summary>
    public required int Wrong { get; init; }

    /// <summary>Ejections after the outage of servers that were ill in it.</summary>
    public required int Again { get; init; }

    /// <summary>Endpoints that are out as the outage ends, over all clients.</summary>
    public required int OutAtEnd { get; init; }

    /// <summary>Calls of the outage whose first attempt failed, in percent: what callers would see without retries.</summary>
    public required double FirstFailed { get; init; }

    /// <summary>Calls of the outage that failed after their retries, in percent.</summary>
    public required double Failed { get; init; }

    /// <summary>Calls after the outage that failed, in percent.</summary>
    public required double FailedAfter { get; init; }

    /// <summary>The longest call, in seconds.</summary>
    public required double Longest { get; init; }

    /// <summary>The 99th percentile before the outage, in ms.</summary>
    public required double P99Before { get; init; }

    /// <summary>The same in its first five seconds.</summary>
    public required double P99Onset { get; init; }

    /// <summary>The same in the rest of it.</summary>
    public required double P99During { get; init; }

    /// <summary>The same after it.</summary>
    public required double P99After { get; init; }

    /// <summary>Seconds from the outage's end until the bad servers have 80 % of their share of before, in the mean of the next five.</summary>
    public required double Back { get; init; }

    /// <summary>The time that a client spent in panic, in percent.</summary>
    public required double Panic { get; init; }

    /// <summary>Calls of the outage, by their start, that were answered well: by the second, over all of it.</summary>
    public required double Goodput { get; init; }

    /// <summary>The same in percent of all calls of the outage.</summary>
    public required double GoodShare { get; init; }

    /// <summary>
    /// Seconds from the end of the outage to the first second, by steps of a tenth, of whose calls 95 % were answered well; infinite where there is none.
    /// </summary>
    public required double Recovery { get; init; }

    /// <summary>Attempts that were sent in the outage, by the calls that were made in it.</summary>
    public required double AttemptsPerCall { get; init; }

    /// <summary>Calls of the outage that were refused without any attempt, in percent.</summary>
    public required double Refused { get; init; }

    /// <summary>How many calls were made.</summary>
    public required long Calls { get; init; }
}
