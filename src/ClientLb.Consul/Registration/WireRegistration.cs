using System.Text.Json.Serialization;
using ClientLb.Consul.Wire;

namespace ClientLb.Consul.Registration;

/// <summary>A registration as the agent takes it.</summary>
internal sealed class WireRegistration
{
    [JsonPropertyName("ID")]
    public required string Id { get; init; }

    public required string Name { get; init; }

    public required string Address { get; init; }

    public required int Port { get; init; }

    public required IList<string> Tags { get; init; }

    public required IDictionary<string, string> Meta { get; init; }

    public required WireWeights Weights { get; init; }

    public required IReadOnlyList<WireRegistrationCheck> Checks { get; init; }
}
