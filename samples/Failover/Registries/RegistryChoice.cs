using ClientLb.Samples.Failover.Fleet;

namespace ClientLb.Samples.Failover.Registries;

/// <summary>Which registry the sample uses: the agent of the environment, a Consul of its own, or the embedded one.</summary>
internal static class RegistryChoice
{
    /// <summary>Starts it, or joins it.</summary>
    /// <param name="embedded">True where the user asks for the embedded one.</param>
    /// <param name="mustBeOwn">True where the registry is going to be killed.</param>
    /// <param name="network">Where addresses come from.</param>
    /// <param name="cancellationToken">Gives it up.</param>
    public static async Task<IRegistry> StartAsync(bool embedded, bool mustBeOwn, Loopback network, CancellationToken cancellationToken)
    {
        if (embedded)
        {
            return new EmbeddedRegistry();
        }

        if (!mustBeOwn && Environment.GetEnvironmentVariable("CONSUL_HTTP_ADDR") is { Length: > 0 } address)
        {
            return Uri.TryCreate(address.Contains("://", StringComparison.Ordinal) ? address : $"http://{address}", UriKind.Absolute, out var agent)
                ? await ConsulRegistry.JoinAsync(agent, cancellationToken)
                : throw new InvalidOperationException($"CONSUL_HTTP_ADDR is no address: '{address}'.");
        }

        return IsConsulOnPath() ? await ConsulRegistry.StartAsync(network.Next(), cancellationToken) : new EmbeddedRegistry();
    }

    // The agent is kept on a leash that needs a Unix shell.
    private static bool IsConsulOnPath() => !OperatingSystem.IsWindows()
        && (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':', StringSplitOptions.RemoveEmptyEntries)
            .Any(static folder => File.Exists(Path.Combine(folder, "consul")));
}
