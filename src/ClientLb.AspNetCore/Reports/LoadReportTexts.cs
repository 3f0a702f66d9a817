namespace ClientLb.AspNetCore.Reports;

/// <summary>A report of load as it goes out, made once for all answers until the next.</summary>
/// <param name="Header">For the header <c>endpoint-load-metrics</c>.</param>
/// <param name="Binary">For the trailer <c>endpoint-load-metrics-bin</c>.</param>
internal sealed record LoadReportTexts(string Header, string Binary);
