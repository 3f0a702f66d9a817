using System.Diagnostics.CodeAnalysis;
using ClientLb.Clusters;
using ClientLb.DependencyInjection;
using ClientLb.Endpoints;
using ClientLb.Http;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Http;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Microsoft.Extensions.DependencyInjection;

/// <summary>Adds HTTP clients that balance their load themselves.</summary>
public static class LoadBalancedHttpClientExtensions
{
    /// <summary>
    /// Adds an <see cref="HttpClient"/> of the factory whose calls to <c>http://{name}/…</c> go to the endpoints of the cluster of that name, over
    /// connections of its own, with health checks, retries on other endpoints and time limits. The client owns its time limits:
    /// <see cref="HttpClient.Timeout"/> is infinite.
    /// </summary>
    /// <param name="services">The services.</param>
    /// <param name="name">The name of the client and of its cluster.</param>
    /// <param name="configure">Sets options of the client; it goes after those of the section <c>ClientLb:Clients:{name}</c>.</param>
    /// <returns>The builder of the client. Message handlers that are added to it run once per call.</returns>
    public static IHttpClientBuilder AddLoadBalancedHttpClient(
        this IServiceCollection services, string name, Action<LoadBalancedClientOptions>? configure = null)
    {
        ArgumentNullException.ThrowIfNull(services);
        ArgumentException.ThrowIfNullOrWhiteSpace(name);
        return AddOwned(services.AddHttpClient(name), name, configure);
    }

    /// <summary>Adds a typed client whose calls go to the endpoints of a cluster: see <see cref="AddLoadBalancedHttpClient(IServiceCollection, string, Action{LoadBalancedClientOptions}?)"/>.</summary>
    /// <typeparam name="TClient">The typed client.</typeparam>
    /// <param name="services">The services.</param>
    /// <param name="cluster">The name of the cluster, and of the client.</param>
    /// <param name="configure">Sets options of the client.</param>
    /// <returns>The builder of the client.</returns>
    public static IHttpClientBuilder AddLoadBalancedHttpClient<[DynamicallyAccessedMembers(DynamicallyAccessedMemberTypes.PublicConstructors)] TClient>(
        this IServiceCollection services, string cluster, Action<LoadBalancedClientOptions>? configure = null) where TClient : class
    {
        ArgumentNullException.ThrowIfNull(services);
        ArgumentException.ThrowIfNullOrWhiteSpace(cluster);
        return AddOwned(services.AddHttpClient<TClient>(cluster), cluster, configure);
    }

    /// <summary>Adds a typed client by its interface: see <see cref="AddLoadBalancedHttpClient(IServiceCollection, string, Action{LoadBalancedClientOptions}?)"/>.</summary>
    /// <typeparam name="TClient">What is asked for.</typeparam>
    /// <typeparam name="TImplementation">The typed client.</typeparam>
    /// <param name="services">The services.</param>
    /// <param name="cluster">The name of the cluster, and of the client.</param>
    /// <param name="configure">Sets options of the client.</param>
    /// <returns>The builder of the client.</returns>
    public static IHttpClientBuilder AddLoadBalancedHttpClient<
        TClient, [DynamicallyAccessedMembers(DynamicallyAccessedMemberTypes.PublicConstructors)] TImplementation>(
        this IServiceCollection services, string cluster, Action<LoadBalancedClientOptions>? configure = null)
        where TClient : class where TImplementation : class, TClient
    {
        ArgumentNullException.ThrowIfNull(services);
        ArgumentException.ThrowIfNullOrWhiteSpace(cluster);
        return AddOwned(services.AddHttpClient<TClient, TImplementation>(cluster), cluster, configure);
    }

    /// <summary>
    /// Balances the calls of any client of the factory: requests whose host is the name of a cluster go to its endpoints, others pass through. The
    /// client keeps its primary handler; the authority is rewritten for each attempt. Message handlers that are added before it run once per
    /// call, those added after it once per attempt.
    /// </summary>
    /// <param name="builder">The builder of the client.</param>
    /// <param name="configure">Sets options of the client; it goes after those of the section <c>ClientLb:Clients:{name}</c>.</param>
    /// <returns>The builder of the client.</returns>
    public static IHttpClientBuilder AddLoadBalancing(this IHttpClientBuilder builder, Action<LoadBalancedClientOptions>? configure = null)
    {
        ArgumentNullException.ThrowIfNull(builder);
        AddCore(builder, configure);
        return builder.AddHttpMessageHandler(provider => LoadBalancingHandler.Above(provider.GetRequiredService<LoadBalancedClients>().Get(builder.Name)));
    }

    /// <summary>Adds a message handler that every attempt passes, to a client with connections of its own. Each endpoint gets its own instance.</summary>
    /// <param name="builder">The builder of the client.</param>
    /// <param name="create">Makes the handler.</param>
    /// <returns>The builder of the client.</returns>
    public static IHttpClientBuilder AddAttemptHandler(this IHttpClientBuilder builder, Func<IServiceProvider, DelegatingHandler> create)
    {
        ArgumentNullException.ThrowIfNull(builder);
        ArgumentNullException.ThrowIfNull(create);
        builder.Services.Configure<AttemptHandlers>(builder.Name, handlers => handlers.Factories.Add(create));
        return builder;
    }

    private static IHttpClientBuilder AddOwned(IHttpClientBuilder builder, string cluster, Action<LoadBalancedClientOptions>? configure)
    {
        AddCore(builder, configure).AddCluster(cluster);
        builder.Services.Configure<OwnedClients>(owned => owned.Names.Add(builder.Name));
        builder.Services.TryAddEnumerable(ServiceDescriptor.Singleton<IHttpMessageHandlerBuilderFilter, LoadBalancingHandlerFilter>());
        builder.ConfigurePrimaryHttpMessageHandler(provider => LoadBalancingHandler.Primary(provider.GetRequiredService<LoadBalancedClients>().Get(builder.Name)));
        builder.ConfigureHttpClient(client =>
        {
            client.Timeout = Timeout.InfiniteTimeSpan;
            client.BaseAddress ??= Uri.TryCreate($"http://{cluster}/", UriKind.Absolute, out var address) ? address : null;
        });
        builder.Services.TryAddEnumerable(ServiceDescriptor.Singleton<IPostConfigureOptions<HttpClientFactoryOptions>, TimeoutWarning>());
        return builder;
    }

    private static IClientLbBuilder AddCore(IHttpClientBuilder builder, Action<LoadBalancedClientOptions>? configure)
    {
        var services = builder.Services;
        var core = services.AddClientLb();
        AddClients(services);
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IHttpMessageHandlerBuilderFilter, PipelineReview>());
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IHostedService, ClientReview>());
        services.AddOptions<LoadBalancedClientOptions>(builder.Name).ValidateOnStart();
        services.Configure<OwnedClients>(clients => clients.Balanced.Add(builder.Name));
        if (configure is not null)
        {
            services.Configure(builder.Name, configure);
        }

        return core;
    }

    /// <summary>Adds what makes clients by name.</summary>
    internal static void AddClients(IServiceCollection services)
    {
        if (!services.Any(static d => d.ServiceType == typeof(LoadBalancedClients)))
        {
            ClientLbServiceCollectionExtensions.AddSection(services, LoadBalancedClientOptions.Schema, static name => $"{LoadBalancedClientOptions.Section}:{name}");
            services.AddSingleton(static provider => new LoadBalancedClients(
                provider,
                provider.GetRequiredService<ClusterRegistry>(),
                provider.GetRequiredService<IOptionsFactory<LoadBalancedClientOptions>>(),
                provider.GetServices<IOptionsChangeTokenSource<LoadBalancedClientOptions>>(),
                provider.GetRequiredService<IOptionsMonitor<AttemptHandlers>>(),
                provider.GetRequiredService<MonotonicClock>(),
                provider.GetRequiredService<IRandomSource>(),
                provider.GetRequiredService<ILoggerFactory>()));
        }
    }
}
