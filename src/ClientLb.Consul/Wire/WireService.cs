using System.Text.Json.Serialization;

namespace ClientLb.Consul.Wire;

internal sealed class WireService
{
    [JsonPropertyName("ID")]
    public string? Id { get; set; }

    public string? Address { get; set; }

    public int Port { get; set; }

    public List<string?>? Tags { get; set; }

    public Dictionary<string, string?>? Meta { get; set; }

    /// <summary>Where the servers are Consul Enterprise.</summary>
    public string? Namespace { get; set; }

    /// <summary>Where the servers are Consul Enterprise.</summary>
    public string? Partition { get; set; }

    public WireWeights? Weights { get; set; }

    public WireLocality? Locality { get; set; }
}
