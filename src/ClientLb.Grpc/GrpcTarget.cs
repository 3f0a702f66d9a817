using ClientLb.Clusters;

namespace ClientLb.Grpc;

/// <summary>
/// What the address of a channel names: <c>consul:///orders</c> or <c>clientlb:///orders</c>, with <c>dc</c>, <c>tag</c> (more than once for several) and <c>subset=key:value</c> in the query.
/// </summary>
/// <param name="Cluster">The name of the cluster.</param>
/// <param name="Selection">Which part of it.</param>
internal sealed record GrpcTarget(string Cluster, ClusterSelection Selection)
{
    /// <summary>The scheme for clusters of any source.</summary>
    public const string ClientLbScheme = "clientlb";

    /// <summary>The scheme for clusters of Consul.</summary>
    public const string ConsulScheme = "consul";

    /// <summary>What calls are sent for, and the name in certificates: the service, also where its endpoints of one name are meant.</summary>
    public string Host => Cluster is ['_', ..] && Cluster.IndexOf('.', StringComparison.Ordinal) is > 1 and var dot && dot < Cluster.Length - 1 ? Cluster[(dot + 1)..] : Cluster;

    /// <summary>Reads an address.</summary>
    /// <exception cref="ArgumentException">It is not of the form; the message says what is wrong and what is allowed.</exception>
    public static GrpcTarget Parse(Uri address)
    {
        var cluster = Uri.UnescapeDataString(address.AbsolutePath.Trim('/'));
        if (address.Authority.Length > 0 || cluster.Length == 0)
        {
            var meant = address.Authority.Length > 0 ? address.Authority : "orders";
            throw new ArgumentException($"The address '{address.OriginalString}' names no cluster: it stands behind three slashes, for example {address.Scheme}:///{meant}.", nameof(address));
        }

        string? datacenter = null;
        List<string> tags = [];
        KeyValuePair<string, string>? subset = null;
        foreach (var part in address.Query.TrimStart('?').Split('&', StringSplitOptions.RemoveEmptyEntries))
        {
            var (key, value) = part.IndexOf('=', StringComparison.Ordinal) is > 0 and var at ? (part[..at], Uri.UnescapeDataString(part[(at + 1)..])) : (part, "");
            var colon = value.IndexOf(':', StringComparison.Ordinal);
            switch (key)
            {
                case "dc" when value.Length > 0:
                    datacenter = value;
                    break;
                case "tag" when value.Length > 0:
                    tags.Add(value);
                    break;
                case "subset" when colon > 0:
                    subset = new(value[..colon], value[(colon + 1)..]);
                    break;
                default:
                    throw new ArgumentException($"The address '{address.OriginalString}' has '{part}' in its query. Allowed: dc=NAME, tag=TAG (more than once), subset=KEY:VALUE.", nameof(address));
            }
        }

        return new(cluster, new ClusterSelection { Datacenter = datacenter, Tags = tags, Subset = subset });
    }
}
