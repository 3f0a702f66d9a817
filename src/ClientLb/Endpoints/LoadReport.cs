namespace ClientLb.Endpoints;

/// <summary>
/// What an endpoint says of its own load, beside an answer: ORCA's figures (Open Request Cost Aggregation, the load report of gRPC and Envoy) and how many
/// requests it has in flight. What it did not say is 0.
/// </summary>
public readonly record struct LoadReport
{
    // One more than the number: the default is "not said".
    private readonly int _inFlight;

    /// <summary>The utilization that the application itself gives, in shares of what it can bear; it may be above 1.</summary>
    public float ApplicationUtilization { get; init; }

    /// <summary>The utilization of its processors, in shares.</summary>
    public float CpuUtilization { get; init; }

    /// <summary>Requests that it serves in a second, whoever sends them.</summary>
    public float RequestsPerSecond { get; init; }

    /// <summary>Errors that it answers in a second.</summary>
    public float ErrorsPerSecond { get; init; }

    /// <summary>Requests that it has in flight, whoever sent them, the answered one included; <see langword="null"/> where it did not say.</summary>
    public int? InFlight
    {
        get => _inFlight == 0 ? null : _inFlight - 1;
        init => _inFlight = value is { } count ? Math.Clamp(count, 0, int.MaxValue - 1) + 1 : 0;
    }

    /// <summary>The largest of the metrics that the settings name as utilization; 0 where it gave none of them.</summary>
    public float ChosenUtilization { get; init; }

    /// <summary>The utilization that counts: that of the chosen metrics, else the application's, else that of the processors.</summary>
    public float Utilization => ChosenUtilization > 0 ? ChosenUtilization : ApplicationUtilization > 0 ? ApplicationUtilization : CpuUtilization;

    /// <summary>True when nothing was said.</summary>
    public bool IsEmpty => Utilization == 0 && RequestsPerSecond == 0 && ErrorsPerSecond == 0 && _inFlight == 0;
}
