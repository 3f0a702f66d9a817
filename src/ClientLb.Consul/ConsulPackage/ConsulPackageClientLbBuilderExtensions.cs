using ClientLb.DependencyInjection;
using Consul;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace ClientLb.Consul.ConsulPackage;

/// <summary>Takes over what a host has set up for the package Consul.</summary>
public static class ConsulPackageClientLbBuilderExtensions
{
    /// <summary>
    /// Adds Consul as a source of endpoints, asked as the configuration of the package Consul says: its address, token, data centre, namespace and
    /// wait time. Its client certificate is not taken over: set <see cref="ConsulOptions.CertificateFile"/>.
    /// </summary>
    /// <param name="builder">The builder.</param>
    /// <param name="configuration">The configuration; it is read when the options are, not before.</param>
    /// <returns>The builder.</returns>
    public static IClientLbBuilder AddConsul(this IClientLbBuilder builder, ConsulClientConfiguration configuration)
    {
        ArgumentNullException.ThrowIfNull(builder);
        ArgumentNullException.ThrowIfNull(configuration);
        return builder.AddConsul(options =>
        {
            options.Addresses.Clear();
            options.Addresses.Add(configuration.Address.AbsoluteUri);
            options.Token = Text(configuration.Token) ?? options.Token;
            options.Datacenter = Text(configuration.Datacenter) ?? options.Datacenter;
            options.Namespace = Text(configuration.Namespace) ?? options.Namespace;
            options.Wait = configuration.WaitTime ?? options.Wait;
        });
    }

    /// <summary>
    /// Adds Consul as a source of endpoints, asked over an <see cref="IConsulClient"/>, which is not disposed. It knows one agent, and its types carry
    /// neither weights nor the metadata of nodes: every instance counts alike.
    /// </summary>
    /// <param name="builder">The builder.</param>
    /// <param name="client">The client; <see langword="null"/> means that of the services, which are asked when the first watch starts.</param>
    /// <returns>The builder.</returns>
    /// <exception cref="InvalidOperationException">At the first use: the services have no <see cref="IConsulClient"/>.</exception>
    public static IClientLbBuilder UseConsulClient(this IClientLbBuilder builder, IConsulClient? client = null)
    {
        ArgumentNullException.ThrowIfNull(builder);
        builder.Services.RemoveAll<IConsulTransport>();
        builder.Services.AddSingleton<IConsulTransport>(provider => new PackageTransport(
            client ?? provider.GetRequiredService<IConsulClient>(), provider.GetService<TimeProvider>() ?? TimeProvider.System));
        return builder.AddConsul();
    }

    private static string? Text(string? text) => string.IsNullOrEmpty(text) ? null : text;
}
