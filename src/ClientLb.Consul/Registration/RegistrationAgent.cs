using System.Text.Json;
using ClientLb.Discovery;

namespace ClientLb.Consul.Registration;

/// <summary>What the agent of this machine is told. Each call has a time limit of its own, because an agent that froze accepts and is silent.</summary>
internal sealed class RegistrationAgent(ConsulRuntime runtime)
{
    /// <summary>How long the agent may take while the process stops.</summary>
    public static readonly TimeSpan StopLimit = TimeSpan.FromSeconds(1);

    /// <summary>The agent whose entry it is. Another agent would make a second one.</summary>
    public Uri Uri => runtime.Agents.First;

    /// <summary>Registers. Checks that the entry had before and are not named any more go, and so does its maintenance.</summary>
    public async Task RegisterAsync(WireRegistration document, CancellationToken cancellationToken)
    {
        var json = JsonSerializer.SerializeToUtf8Bytes(document, RegistrationJson.Default.WireRegistration);
        const string Path = "v1/agent/service/register?replace-existing-checks=true";
        if (!await PutAsync(Path, json, ConsulClient.Allowance, cancellationToken).ConfigureAwait(false))
        {
            throw new DiscoveryException(DiscoveryErrorKind.Invalid, $"Consul at {Uri.Authority} knows no registration. Is it an agent's HTTP address?");
        }
    }

    /// <summary>Whether the agent has the entry.</summary>
    public Task<bool> HasAsync(string id, TimeSpan limit, CancellationToken cancellationToken) =>
        SendAsync(HttpMethod.Get, "v1/agent/service/" + Escape(id), null, limit, cancellationToken);

    /// <summary>Feeds a check. False means that the agent does not know it.</summary>
    public async Task<bool> BeatAsync(string check, WireStatus status, TimeSpan limit, CancellationToken cancellationToken)
    {
        try
        {
            var json = JsonSerializer.SerializeToUtf8Bytes(status, RegistrationJson.Default.WireStatus);
            return await PutAsync("v1/agent/check/update/" + Escape(check), json, limit, cancellationToken).ConfigureAwait(false);
        }
        catch (DiscoveryException e) when (e.Kind is DiscoveryErrorKind.Unavailable or DiscoveryErrorKind.Invalid)
        {
            // Agents up to 1.8 answer 500 for a check that they do not know. To register once more is right for other such answers too.
            return false;
        }
    }

    /// <summary>Puts the entry into maintenance: callers finish what they have here and go elsewhere.</summary>
    public Task<bool> DrainAsync(string id, CancellationToken cancellationToken) => PutAsync(
        $"v1/agent/service/maintenance/{Escape(id)}?enable=true&reason=The%20process%20is%20stopping.", null, StopLimit, cancellationToken);

    public Task<bool> DeregisterAsync(string id, CancellationToken cancellationToken) =>
        PutAsync("v1/agent/service/deregister/" + Escape(id), null, StopLimit, cancellationToken);

    private Task<bool> PutAsync(string path, byte[]? json, TimeSpan limit, CancellationToken cancellationToken) =>
        SendAsync(HttpMethod.Put, path, json, limit, cancellationToken);

    private Task<bool> SendAsync(HttpMethod method, string path, byte[]? json, TimeSpan limit, CancellationToken cancellationToken) =>
        runtime.Client.SendAsync(method, new Uri(Uri, path + Scope(path.Contains('?', StringComparison.Ordinal))), json, limit, cancellationToken);

    // Both are of Consul Enterprise.
    private string Scope(bool hasParameters)
    {
        var scope = "";
        Add("ns", runtime.Options.Namespace);
        Add("partition", runtime.Options.Partition);
        return scope;

        void Add(string name, string? value)
        {
            if (!string.IsNullOrEmpty(value))
            {
                scope += $"{(hasParameters || scope.Length > 0 ? '&' : '?')}{name}={Escape(value)}";
            }
        }
    }

    private static string Escape(string text) => System.Uri.EscapeDataString(text);
}
