namespace ClientLb.AspNetCore;

/// <summary>How the header <c>endpoint-load-metrics</c> is written. gRPC answers carry the same figures in binary, in the trailer <c>endpoint-load-metrics-bin</c>.</summary>
public enum LoadReportFormat
{
    /// <summary>No report.</summary>
    None,

    /// <summary><c>TEXT cpu_utilization=0.31,rps_fractional=120.5</c>: the shortest that people can read.</summary>
    Text,

    /// <summary><c>JSON {"cpu_utilization":0.31,"rps_fractional":120.5}</c>.</summary>
    Json,
}
