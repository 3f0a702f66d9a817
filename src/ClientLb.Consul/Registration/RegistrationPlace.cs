namespace ClientLb.Consul.Registration;

/// <summary>Where the server is to be found, as far as it is known at its start.</summary>
/// <param name="Name">The name of the service.</param>
/// <param name="Machine">The name of the machine.</param>
/// <param name="Binding">Where the server listens; <see langword="null"/> where only the options say it.</param>
/// <param name="Port">The port.</param>
internal sealed record RegistrationPlace(string Name, string Machine, ServerBinding? Binding, int Port);
