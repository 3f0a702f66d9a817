using System.Text.Json.Serialization;

namespace ClientLb.Consul.Wire;

internal sealed class WireCheck
{
    [JsonPropertyName("CheckID")]
    public string? CheckId { get; set; }

    public string? Status { get; set; }
}
