using System.Text.Json.Serialization;

namespace ClientLb.Consul.Wire;

[JsonSerializable(typeof(List<WireEntry?>))]
[JsonSerializable(typeof(WirePrepared))]
[JsonSerializable(typeof(string))]
internal sealed partial class WireJson : JsonSerializerContext;
