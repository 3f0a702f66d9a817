using ClientLb.Clusters;

namespace ClientLb.Http;

/// <summary>The body of an answer: the lease of its endpoint ends with it, and a body that breaks off counts against the endpoint.</summary>
internal sealed class LeasedContent(HttpContent inner, BodyTimeout? timeout, bool isUpgrade, Cluster cluster, in Lease lease)
    : TrackedContent(inner, timeout, isUpgrade)
{
    private readonly Lease _lease = lease;

    protected override void OnByte() => _lease.Endpoint.Load.NoteByte(cluster.CoarseNow);

    protected override void OnEnd(BodyEnd end)
    {
        _lease.Endpoint.Load.EndStream();
        if (end is BodyEnd.Broken or BodyEnd.Idle)
        {
            cluster.ReportBrokenBody(_lease);
        }

        _lease.Endpoint.Load.Release(_lease.StartedAt);
    }

    protected internal override string Describe() => $"endpoint {_lease.Endpoint} of cluster '{cluster.Name}'";
}
