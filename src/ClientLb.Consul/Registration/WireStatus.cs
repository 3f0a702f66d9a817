namespace ClientLb.Consul.Registration;

/// <summary>A heartbeat as the agent takes it.</summary>
internal sealed record WireStatus(string Status, string Output);
