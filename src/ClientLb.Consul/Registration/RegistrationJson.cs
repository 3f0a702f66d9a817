using System.Text.Json.Serialization;

namespace ClientLb.Consul.Registration;

[JsonSourceGenerationOptions(DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(WireRegistration))]
[JsonSerializable(typeof(WireStatus))]
internal sealed partial class RegistrationJson : JsonSerializerContext;
