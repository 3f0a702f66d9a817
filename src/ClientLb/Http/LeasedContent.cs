using ClientLb.Clusters;

namespace ClientLb.Http;

/// <summary>The body of an answer: the lease of its endpoint ends with it, and a body that breaks off counts against the endpoint.</summary>
/// <param name="inner">What the transport gave.</param>
/// <param name="timeout">How long a read may wait.</param>
/// <param name="isUpgrade">True when both sides talk from here on.</param>
/// <param name="cluster">Whose endpoint it is.</param>
/// <param name="lease">The lease.</param>
/// <param name="reporting">The answer, where its trailers may say how loaded the endpoint is.</param>
internal sealed class LeasedContent(
    HttpContent inner, BodyTimeout? timeout, bool isUpgrade, Cluster cluster, in Lease lease, HttpResponseMessage? reporting)
    : TrackedContent(inner, timeout, isUpgrade)
{
    private readonly Lease _lease = lease;

    protected internal override bool IsCutOff => _lease.StartedAt < _lease.Endpoint.Health.CutBefore;

    protected override void OnByte() => _lease.Endpoint.Load.NoteByte(cluster.CoarseNow);

    protected override void OnEnd(BodyEnd end)
    {
        if (end is BodyEnd.Broken or BodyEnd.Idle)
        {
            cluster.ReportBrokenBody(_lease);
        }

        else if (end == BodyEnd.Complete && reporting is not null)
        {
            LoadReportHeaders.ReadTrailers(reporting, cluster, _lease);
        }

        cluster.Release(_lease);
    }

    protected internal override string Describe() => $"endpoint {_lease.Endpoint} of cluster '{cluster.Name}'";
}
