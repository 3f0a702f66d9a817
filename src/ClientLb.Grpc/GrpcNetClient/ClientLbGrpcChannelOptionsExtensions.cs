using ClientLb.Grpc.GrpcNetClient;
using ClientLb.Http;
using Grpc.Core;
using Grpc.Net.Client.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace Grpc.Net.Client;

/// <summary>Makes gRPC channels that ClientLb balances.</summary>
public static class ClientLbGrpcChannelOptionsExtensions
{
    /// <summary>
    /// Lets a channel to <c>consul:///name</c> or <c>clientlb:///name</c> use the cluster of that name: its endpoints, health, statistics and retry budget, which are shared with every HttpClient of the process.
    /// The policy is <c>clientlb</c>, the cluster's own, unless the service config names another (<c>clientlb_recall</c>, <c>clientlb_least_request</c>, …).
    /// </summary>
    /// <remarks>
    /// Without <see cref="GrpcChannelOptions.Credentials"/> the channel is plain HTTP/2; set <c>ChannelCredentials.SecureSsl</c> for TLS, which checks the certificate for the cluster's name. Further attempts
    /// are ClientLb's, unless the service config has a retry or hedging policy: then they are gRPC's alone.
    /// </remarks>
    /// <param name="options">The options of the channel.</param>
    /// <param name="services">The application's services, with <c>AddClientLbGrpc()</c>.</param>
    /// <param name="client">The name of the client whose settings (<c>ClientLb:Clients:{name}</c>) hold. Default: the cluster's name.</param>
    /// <returns>The same options.</returns>
    /// <exception cref="InvalidOperationException">
    /// The channel has an <see cref="HttpClient"/>, over which nothing can be directed; or <c>AddClientLbGrpc()</c> was not called; or the service config names no policy that there is.
    /// </exception>
    public static GrpcChannelOptions UseClientLb(this GrpcChannelOptions options, IServiceProvider services, string? client = null)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(services);
        if (options.HttpClient is not null)
        {
            throw new InvalidOperationException("GrpcChannelOptions.HttpClient is set: gRPC can't direct the calls of an HttpClient. Set HttpHandler, or leave both.");
        }

        var clients = services.GetService<LoadBalancedClients>()
            ?? throw new InvalidOperationException("These services have no ClientLb for gRPC: call services.AddClientLbGrpc().");
        var logger = services.GetService<ILoggerFactory>()?.CreateLogger("ClientLb.Grpc") ?? NullLogger.Instance;
        var channel = new ChannelServices(options.ServiceProvider ?? services, services, logger);
        ThrowWithoutPolicy(options.ServiceConfig?.LoadBalancingConfigs.Select(static policy => policy.PolicyName).ToList() ?? [], channel);
        var config = options.ServiceConfig ??= new ServiceConfig();
        if (config.LoadBalancingConfigs.Count == 0)
        {
            config.LoadBalancingConfigs.Add(new LoadBalancingConfig(ClusterBalancerFactory.PolicyName));
        }

        var mayRetry = !config.MethodConfigs.Any(static method => method.RetryPolicy is not null || method.HedgingPolicy is not null);
        if (!mayRetry)
        {
            GrpcLog.RetriesAreGrpcs(logger);
        }

        if (options.HttpHandler is null)
        {
            options.HttpHandler = ChannelHandler();
            options.DisposeHttpClient = true;
        }

        options.HttpHandler = new ClusterChannelHandler(clients, client, mayRetry, logger) { InnerHandler = options.HttpHandler };
        options.ServiceProvider = channel;
        options.Credentials ??= ChannelCredentials.Insecure;
        options.LoggerFactory ??= services.GetService<ILoggerFactory>();
        return options;
    }

    // Of several gRPC takes the first that it knows. Where it knows none it would throw where nobody hears it, and every call would wait for ever.
    private static void ThrowWithoutPolicy(List<string> named, ChannelServices channel)
    {
        string[] known = [.. channel.Policies, LoadBalancingConfig.PickFirstPolicyName, LoadBalancingConfig.RoundRobinPolicyName];
        if (named.Count > 0 && !named.Exists(name => known.Contains(name, StringComparer.OrdinalIgnoreCase)))
        {
            throw new InvalidOperationException(
                $"The service config of the channel names no load-balancing policy that there is: {string.Join(", ", named.Select(static name => $"'{name}'"))}. Allowed: {string.Join(", ", known)}.");
        }
    }

    // What our own connections have: a peer that has gone without a word ends a stream in half a minute.
    private static SocketsHttpHandler ChannelHandler() => new()
    {
        UseProxy = false,
        EnableMultipleHttp2Connections = true,
        ConnectTimeout = TimeSpan.FromSeconds(1),
        KeepAlivePingDelay = TimeSpan.FromSeconds(20),
        KeepAlivePingTimeout = TimeSpan.FromSeconds(10),
        KeepAlivePingPolicy = HttpKeepAlivePingPolicy.WithActiveRequests,
        PooledConnectionIdleTimeout = TimeSpan.FromMinutes(2),
    };
}
