using Grpc.Net.Client;

namespace Microsoft.Extensions.DependencyInjection;

/// <summary>Lets clients of the gRPC client factory be balanced.</summary>
public static class ClientLbGrpcClientBuilderExtensions
{
    /// <summary>
    /// Lets a client of <c>AddGrpcClient&lt;T&gt;(o =&gt; o.Address = new("consul:///orders"))</c> use the cluster of that name: see
    /// <see cref="ClientLbGrpcChannelOptionsExtensions.UseClientLb"/>.
    /// </summary>
    /// <param name="builder">The builder of the client.</param>
    /// <param name="client">The name of the client whose settings (<c>ClientLb:Clients:{name}</c>) hold. Default: the cluster's name.</param>
    /// <returns>The builder of the client.</returns>
    public static IHttpClientBuilder AddClientLb(this IHttpClientBuilder builder, string? client = null)
    {
        ArgumentNullException.ThrowIfNull(builder);
        builder.Services.AddClientLbGrpc();
        return builder.ConfigureChannel((services, options) => options.UseClientLb(services, client));
    }
}
