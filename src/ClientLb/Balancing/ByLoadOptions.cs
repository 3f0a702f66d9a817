using ClientLb.Settings;

namespace ClientLb.Balancing;

/// <summary>
/// <c>weighted_by_load</c>: how reports of load become weights (gRFC A58). Section <c>ClientLb:Clusters:{name}:LoadBalancing:ByLoad</c>.
/// </summary>
public sealed class ByLoadOptions
{
    /// <summary>
    /// How long an endpoint's reports are not believed after its first one, or after its return to health: what it reports when it is cold says
    /// little. Default 10 s.
    /// </summary>
    public TimeSpan Blackout { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>Without a report for so long an endpoint's weight is unknown again. Default 3 min.</summary>
    public TimeSpan Expiry { get; set; } = TimeSpan.FromMinutes(3);

    /// <summary>How often the weights in force follow the reports. Default 1 s.</summary>
    public TimeSpan UpdatePeriod { get; set; } = TimeSpan.FromSeconds(1);

    /// <summary>
    /// How much of a utilization an error is worth: weight = qps / (utilization + eps / qps × this). Default 1: an endpoint whose every answer is an
    /// error counts as one that is fully utilized on top of what it says.
    /// </summary>
    public double ErrorUtilizationPenalty { get; set; } = 1;

    /// <summary>
    /// The metrics of a report whose largest is the utilization, for example <c>named_metrics.queue</c> or <c>utilization.gpu</c> (gRFC A114). Where a
    /// report has none of them above 0, and by default, the utilization of the application counts, else that of the processors.
    /// </summary>
    public IList<string> UtilizationMetrics { get; } = [];

    internal static SettingsSchema<ByLoadOptions> Schema { get; } = new SettingsSchema<ByLoadOptions>()
        .Duration(nameof(Blackout), static o => o.Blackout, static (o, v) => o.Blackout = v, TimeSpan.Zero, TimeSpan.FromHours(1))
        .Duration(nameof(Expiry), static o => o.Expiry, static (o, v) => o.Expiry = v, TimeSpan.FromSeconds(1), TimeSpan.FromHours(24))
        .Duration(nameof(UpdatePeriod), static o => o.UpdatePeriod, static (o, v) => o.UpdatePeriod = v, TimeSpan.FromMilliseconds(100), TimeSpan.FromMinutes(10))
        .Number(nameof(ErrorUtilizationPenalty), static o => o.ErrorUtilizationPenalty, static (o, v) => o.ErrorUtilizationPenalty = v, 0, 1000)
        .List(nameof(UtilizationMetrics), static o => o.UtilizationMetrics, IsMetric, "a list of metrics, each such as named_metrics.queue, utilization.gpu or mem_utilization");

    private static bool IsMetric(string name) =>
        name is "cpu_utilization" or "mem_utilization" or "application_utilization"
        || (name.StartsWith("named_metrics.", StringComparison.Ordinal) && name.Length > "named_metrics.".Length)
        || (name.StartsWith("utilization.", StringComparison.Ordinal) && name.Length > "utilization.".Length);
}
