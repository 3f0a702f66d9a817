using ClientLb.Clusters;
using ClientLb.Endpoints;

namespace ClientLb.Grpc;

/// <summary>Whom a channel connects to: everyone who is listed and not on the way out, whatever health says of them now, so that nobody's connection is torn down because it is out for a while.</summary>
internal sealed class ChannelMembers
{
    private Endpoint[] _known = [];

    /// <summary>Takes a snapshot in.</summary>
    /// <param name="snapshot">The snapshot.</param>
    /// <param name="members">The members, where they are others than before. An empty list is none: the last good one stays.</param>
    public bool TryTake(ClusterSnapshot snapshot, out IReadOnlyList<Endpoint> members)
    {
        members = _known;
        if (!snapshot.IsResolved)
        {
            return false;
        }

        Endpoint[] next = [.. snapshot.Endpoints.Where(endpoint => !snapshot.Leaving.Contains(endpoint) && !endpoint.Load.IsRetired)];
        if (next.Length == 0 || next.AsSpan().SequenceEqual(_known))
        {
            return false;
        }

        members = _known = next;
        return true;
    }
}
