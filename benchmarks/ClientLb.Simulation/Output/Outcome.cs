namespace ClientLb.Simulation.Output;

/// <summary>What one run of one policy came to.</summary>
/// <param name="P50">The median latency of the successes, in ms.</param>
/// <param name="P99">The 99th percentile, in ms.</param>
/// <param name="P999">The 99.9th percentile, in ms.</param>
/// <param name="Slowdown">The 99th percentile of latency / what the request takes on an idle server.</param>
/// <param name="Errors">Errors of all requests, in percent.</param>
/// <param name="MaxOverMean">Requests in one second at the busiest server / at the mean one, by their own speeds; the mean of all seconds.</param>
/// <param name="Requests">How many requests were counted.</param>
/// <param name="Cost">What the run took.</param>
internal sealed record Outcome(
    double P50, double P99, double P999, double Slowdown, double Errors, double MaxOverMean, long Requests, TimeSpan Cost);
