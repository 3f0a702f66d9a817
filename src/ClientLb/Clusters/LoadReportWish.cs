using ClientLb.Balancing;

namespace ClientLb.Clusters;

/// <summary>Which reports of load a cluster wants to have read from its answers.</summary>
/// <param name="Orca">ORCA's, in <c>endpoint-load-metrics</c> and <c>endpoint-load-metrics-bin</c>.</param>
/// <param name="Metrics">The metrics of ORCA whose largest is the utilization; usually none.</param>
/// <param name="InFlightHeader">The header with the number of requests in flight; <see langword="null"/>: none.</param>
internal sealed record LoadReportWish(bool Orca, string[] Metrics, string? InFlightHeader)
{
    /// <summary>What a picker and the settings want together; <see langword="null"/> where no header need be looked for.</summary>
    public static LoadReportWish? Of(Picker picker, LoadBalancingOptions options)
    {
        var header = picker.ObservesOutcomes && !string.IsNullOrEmpty(options.InFlightHeader) ? options.InFlightHeader : null;
        return picker.ReadsLoadReports || header is not null ? new(picker.ReadsLoadReports, [.. options.ByLoad.UtilizationMetrics], header) : null;
    }
}
