using System.Collections;

namespace ClientLb.Consul.Registration;

/// <summary>
/// Asks ASP.NET Core's server where it listens. By name, because this package must not need ASP.NET Core; the names are constants, so that
/// trimming keeps what they name.
/// </summary>
internal static class ServerAddresses
{
    public static IReadOnlyList<string> Of(IServiceProvider provider)
    {
        if (Type.GetType("Microsoft.AspNetCore.Hosting.Server.IServer, Microsoft.AspNetCore.Hosting.Server.Abstractions") is not { } server
            || Type.GetType("Microsoft.AspNetCore.Hosting.Server.Features.IServerAddressesFeature, Microsoft.AspNetCore.Hosting.Server.Abstractions")
                is not { } feature
            || provider.GetService(server) is not { } running
            || server.GetProperty("Features")?.GetValue(running) is not IEnumerable features)
        {
            return [];
        }

        foreach (var (type, value) in features.OfType<KeyValuePair<Type, object>>())
        {
            if (type == feature)
            {
                return feature.GetProperty("Addresses")?.GetValue(value) is IEnumerable<string> addresses ? [.. addresses] : [];
            }
        }

        return [];
    }
}
