using Consul.Filtering;

namespace ClientLb.Consul.ConsulPackage;

/// <summary>A filter in Consul's language as it was written; it also stands for all tags but the first, of which the package takes one.</summary>
internal sealed class PackageFilter : Filter
{
    private readonly string _text;

    private PackageFilter(string text) => _text = text;

    public static PackageFilter? Of(ConsulQuery query)
    {
        var parts = query.Tags.Skip(1).Select(static tag => $"Service.Tags contains \"{tag.Replace("\"", "\\\"", StringComparison.Ordinal)}\"");
        var text = string.Join(" and ", query.Filter is null ? parts : parts.Prepend($"({query.Filter})"));
        return text.Length > 0 ? new(text) : null;
    }

    public override string Encode() => _text;
}
