#if HAS_GRPC_NET_CLIENT
using ClientLb.Samples.Grpc.Channels;
#endif
using Microsoft.Extensions.DependencyInjection;

namespace ClientLb.Samples.Grpc;

/// <summary>How a client is balanced.</summary>
/// <param name="Name">Its name on the command line and in the table.</param>
/// <param name="Create">Makes a client out of the application's services.</param>
internal sealed record Way(string Name, Func<IServiceProvider, IOrders> Create)
{
    /// <summary>Below any gRPC client that goes over an HttpClient: each call is balanced.</summary>
    public static Way Handler { get; } = new("handler", static services => new OrdersClient(services.GetRequiredService<IHttpClientFactory>().CreateClient("orders")));

    /// <summary>A channel of Grpc.Net.Client with ClientLb's resolver and policy; <see langword="null"/> where the package could not be restored.</summary>
    public static Way? Channel { get; } =
#if HAS_GRPC_NET_CLIENT
        new("channel", static services => new ChannelClient(services));
#else
        null;
#endif

    /// <summary>Those that this build has.</summary>
    public static IReadOnlyList<Way> All { get; } = Channel is null ? [Handler] : [Handler, Channel];
}
