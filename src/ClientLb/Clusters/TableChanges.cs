using ClientLb.Endpoints;

namespace ClientLb.Clusters;

/// <summary>What one turn of the loop has changed in the table of endpoints.</summary>
internal sealed class TableChanges
{
    public List<Endpoint> Added { get; } = [];

    public List<(Endpoint Endpoint, EndpointDescriptor Before)> Updated { get; } = [];

    public List<Endpoint> Unlisted { get; } = [];

    /// <summary>Those that were unlisted and are announced again.</summary>
    public List<Endpoint> Relisted { get; } = [];

    public List<Endpoint> Removed { get; } = [];

    public List<Endpoint> Retired { get; } = [];

    public bool Any => Added.Count + Updated.Count + Unlisted.Count + Relisted.Count + Removed.Count + Retired.Count > 0;
}
