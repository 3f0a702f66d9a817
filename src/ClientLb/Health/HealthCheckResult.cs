namespace ClientLb.Health;

/// <summary>What a check of one's own has found at an endpoint.</summary>
public readonly record struct HealthCheckResult
{
    private HealthCheckResult(bool isHealthy, bool isDegraded, string? reason)
    {
        IsHealthy = isHealthy;
        IsDegraded = isDegraded;
        Reason = reason;
    }

    /// <summary>The endpoint may be used: it is well, or degraded.</summary>
    public bool IsHealthy { get; }

    /// <summary>It may be used and asks for less traffic.</summary>
    public bool IsDegraded { get; }

    /// <summary>Why, in words that a person can read: they go to the log.</summary>
    public string? Reason { get; }

    /// <summary>The endpoint is well.</summary>
    public static HealthCheckResult Healthy { get; } = new(true, false, null);

    /// <summary>The endpoint may be used, with less traffic: <c>LoadBalancing:DegradedWeight</c> of its weight.</summary>
    /// <param name="reason">Why, for the log.</param>
    /// <returns>The result.</returns>
    public static HealthCheckResult Degraded(string? reason = null) => new(true, true, reason);

    /// <summary>The endpoint should not be used.</summary>
    /// <param name="reason">Why, for the log.</param>
    /// <returns>The result.</returns>
    public static HealthCheckResult Unhealthy(string? reason = null) => new(false, false, reason);
}
