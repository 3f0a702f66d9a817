using System.Text;
using ClientLb.Discovery;

namespace ClientLb.Consul;

/// <summary>What is asked. Two clusters that ask the same share one watch.</summary>
/// <param name="Service">The service, as it is spelled where it was asked for first.</param>
/// <param name="Path">The path and the query, without those parts that differ from request to request.</param>
/// <param name="AllowStale">Whether any server may answer.</param>
internal sealed record ConsulQuery(string Service, string Path, bool AllowStale)
{
    /// <summary>What makes two queries the same: names of services and tags ignore case in Consul.</summary>
    public string Key { get; private init; } = "";

    /// <summary>How often a prepared query is asked, which Consul never holds; <see langword="null"/> for the watch of a service.</summary>
    public TimeSpan? PollInterval { get; private init; }

    /// <summary>The parts of <see cref="Path"/>, for a transport that writes its own.</summary>
    public string? Datacenter { get; private init; }

    public string? Namespace { get; private init; }

    public string? Partition { get; private init; }

    public string? Near { get; private init; }

    public string? Filter { get; private init; }

    public IReadOnlyList<string> Tags { get; private init; } = [];

    public static ConsulQuery Create(EndpointQuery query, ConsulOptions options, ConsulClusterOptions cluster)
    {
        if (cluster.PreparedQuery is not null)
        {
            return Prepare(cluster.PreparedQuery, query, options, cluster);
        }

        var service = cluster.Service ?? query.Service;
        string[] tags = [.. (query.Tags.Count > 0 ? query.Tags : cluster.Tags.Count > 0 ? cluster.Tags : (IEnumerable<string>)options.Tags)
            .Distinct(StringComparer.OrdinalIgnoreCase)
            .Order(StringComparer.OrdinalIgnoreCase)];

        var parameters = new StringBuilder();
        var key = new StringBuilder(service.ToUpperInvariant());
        Add("dc", query.Datacenter ?? cluster.Datacenter ?? options.Datacenter);
        Add("ns", cluster.Namespace ?? options.Namespace);
        Add("partition", cluster.Partition ?? options.Partition);
        foreach (var tag in tags)
        {
            Add("tag", tag, ignoreCase: true);
        }

        Add("filter", cluster.Filter ?? options.Filter);
        var stale = cluster.AllowStale ?? options.AllowStale;
        return new(service, $"v1/health/service/{Uri.EscapeDataString(service)}{parameters}", stale)
        {
            Key = $"{key} {stale}",
            Datacenter = query.Datacenter ?? cluster.Datacenter ?? options.Datacenter,
            Namespace = cluster.Namespace ?? options.Namespace,
            Partition = cluster.Partition ?? options.Partition,
            Filter = cluster.Filter ?? options.Filter,
            Tags = tags,
        };

        void Add(string name, string? value, bool ignoreCase = false)
        {
            if (!string.IsNullOrEmpty(value))
            {
                var escaped = Uri.EscapeDataString(value);
                parameters.Append(parameters.Length == 0 ? '?' : '&').Append(name).Append('=').Append(escaped);
                key.Append('&').Append(name).Append('=').Append(ignoreCase ? escaped.ToUpperInvariant() : escaped);
            }
        }
    }

    private static ConsulQuery Prepare(string name, EndpointQuery query, ConsulOptions options, ConsulClusterOptions cluster)
    {
        var path = new StringBuilder("v1/query/").Append(Uri.EscapeDataString(name)).Append("/execute");
        var separator = '?';
        foreach (var (parameter, value) in new[] { ("dc", query.Datacenter ?? cluster.Datacenter ?? options.Datacenter), ("near", cluster.Near) })
        {
            if (!string.IsNullOrEmpty(value))
            {
                path.Append(separator).Append(parameter).Append('=').Append(Uri.EscapeDataString(value));
                separator = '&';
            }
        }

        var stale = cluster.AllowStale ?? options.AllowStale;
        var interval = cluster.PollInterval ?? ConsulClusterOptions.DefaultPollInterval;
        return new(name, path.ToString(), stale)
        {
            Key = $"{path} {stale} {interval}",
            PollInterval = interval,
            Datacenter = query.Datacenter ?? cluster.Datacenter ?? options.Datacenter,
            Near = cluster.Near,
        };
    }

    /// <summary>The address of one request, relative to the agent's.</summary>
    public string PathOf(ulong index, TimeSpan wait, ConsulConsistency consistency)
    {
        var path = new StringBuilder(Path);
        var separator = Path.Contains('?', StringComparison.Ordinal) ? '&' : '?';
        if (index > 0)
        {
            path.Append(separator).Append(FormattableString.Invariant($"index={index}&wait={(long)wait.TotalMilliseconds}ms"));
            separator = '&';
        }

        return consistency switch
        {
            ConsulConsistency.Stale => path.Append(separator).Append("stale").ToString(),
            ConsulConsistency.Confirmed => path.Append(separator).Append("consistent").ToString(),
            _ => path.ToString(),
        };
    }
}
