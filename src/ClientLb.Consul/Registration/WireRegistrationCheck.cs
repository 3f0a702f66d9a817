using System.Text.Json.Serialization;

namespace ClientLb.Consul.Registration;

/// <summary>A check as the agent takes it.</summary>
internal sealed class WireRegistrationCheck
{
    [JsonPropertyName("CheckID")]
    public required string Id { get; init; }

    public required string Name { get; init; }

    [JsonPropertyName("TTL")]
    public string? Ttl { get; init; }

    [JsonPropertyName("HTTP")]
    public string? Http { get; init; }

    [JsonPropertyName("TCP")]
    public string? Tcp { get; init; }

    [JsonPropertyName("GRPC")]
    public string? Grpc { get; init; }

    [JsonPropertyName("GRPCUseTLS")]
    public bool? GrpcUseTls { get; init; }

    [JsonPropertyName("TLSSkipVerify")]
    public bool? TlsSkipVerify { get; init; }

    public string? Interval { get; init; }

    public string? Timeout { get; init; }

    public string? Status { get; init; }

    [JsonPropertyName("DeregisterCriticalServiceAfter")]
    public required string DeregisterAfter { get; init; }
}
