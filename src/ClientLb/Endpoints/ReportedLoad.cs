namespace ClientLb.Endpoints;

/// <summary>
/// The weight that an endpoint's reports give it, and since when (gRFC A58). Attempts write, the cluster's loop reads; two that end at once may
/// overwrite each other, and the next report is a moment away.
/// </summary>
internal sealed class ReportedLoad
{
    private const long Never = long.MinValue / 2;

    private double _weight;
    private long _firstAt = Never;
    private long _lastAt = Never;

    /// <summary>Takes a report in: weight = qps / (utilization + eps / qps × penalty). One without qps or utilization says nothing.</summary>
    /// <param name="report">The report.</param>
    /// <param name="now">The present, in ticks.</param>
    /// <param name="errorPenalty">What share of utilization an error is worth.</param>
    /// <param name="expiry">After so many ticks without a report it starts from nothing.</param>
    public void Take(in LoadReport report, long now, double errorPenalty, long expiry)
    {
        double qps = report.RequestsPerSecond;
        double utilization = report.Utilization;
        if (!(qps > 0 && utilization > 0))
        {
            return;
        }

        var weight = qps / (utilization + (report.ErrorsPerSecond / qps * errorPenalty));
        if (!(weight > 0 && double.IsFinite(weight)))
        {
            return;
        }

        if (now - Volatile.Read(ref _lastAt) >= expiry)
        {
            Volatile.Write(ref _firstAt, now);
        }

        Volatile.Write(ref _weight, weight);
        Volatile.Write(ref _lastAt, now);
    }

    /// <summary>The weight now; 0 where it is not known.</summary>
    /// <param name="now">The present, in ticks.</param>
    /// <param name="healthySince">When the endpoint came back, in ticks: its reports before and just after that are not believed.</param>
    /// <param name="blackout">For how many ticks the first reports are not believed.</param>
    /// <param name="expiry">After how many ticks without a report the weight is unknown.</param>
    public double Weight(long now, long healthySince, long blackout, long expiry)
    {
        var last = Volatile.Read(ref _lastAt);
        var first = Math.Max(Volatile.Read(ref _firstAt), healthySince);
        return last == Never || now - last >= expiry || now - first < blackout || last < first ? 0 : Volatile.Read(ref _weight);
    }
}
