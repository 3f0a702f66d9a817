using ClientLb.Balancing;
using ClientLb.Clusters;
using ClientLb.DependencyInjection;
using ClientLb.Discovery;
using ClientLb.Endpoints;
using ClientLb.Health;
using ClientLb.Settings;
using ClientLb.Telemetry;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;

namespace Microsoft.Extensions.DependencyInjection;

/// <summary>Adds ClientLb to a service collection.</summary>
public static class ClientLbServiceCollectionExtensions
{
    /// <summary>Adds the core: clusters, policies and the sources that read the configuration. A second time it changes nothing.</summary>
    /// <param name="services">The services.</param>
    /// <returns>A builder for sources, policies and clusters.</returns>
    public static IClientLbBuilder AddClientLb(this IServiceCollection services)
    {
        ArgumentNullException.ThrowIfNull(services);
        if (services.Any(static d => d.ServiceType == typeof(ClusterRegistry)))
        {
            return new ClientLbBuilder(services);
        }

        services.AddOptions();
        services.AddLogging();
        services.AddMetrics();
        services.TryAddSingleton(TimeProvider.System);
        services.TryAddSingleton(static provider => new MonotonicClock(provider.GetRequiredService<TimeProvider>()));
        services.TryAddSingleton<IRandomSource>(ThreadRandomSource.Instance);
        services.TryAddSingleton<LoadBalancingPolicies>();
        services.TryAddSingleton<IEndpointProbe>(static provider =>
            new TcpProbe(provider.GetRequiredService<MonotonicClock>().TimeProvider, TimeSpan.FromSeconds(1)));
        services.TryAddSingleton(static provider => new ClientLbMetrics(provider.GetService<System.Diagnostics.Metrics.IMeterFactory>()));
        Names(services);
        services.AddSingleton<IEndpointSource>(static provider => new ConfigurationEndpointSource(
            Configuration(provider), provider.GetRequiredService<ILogger<ConfigurationEndpointSource>>(), provider.GetRequiredService<MonotonicClock>().TimeProvider));
        services.AddSingleton<IEndpointSource>(static provider => new ServicesEndpointSource(
            Configuration(provider), provider.GetRequiredService<ILogger<ServicesEndpointSource>>(), provider.GetRequiredService<MonotonicClock>().TimeProvider));
        AddSection(services, ClusterOptions.Schema, static name => $"{ClusterOptions.Section}:{name}");
        services.AddSingleton<IValidateOptions<ClusterOptions>, PolicyNameValidator>();
        AddSection(services, WarmStartOptions.Schema, static _ => WarmStartOptions.SectionName);
        services.AddOptions<WarmStartOptions>().ValidateOnStart();
        services.TryAddSingleton(static provider => new WarmStart(
            provider.GetRequiredService<IOptions<WarmStartOptions>>().Value, provider.GetRequiredService<MonotonicClock>(),
            provider.GetRequiredService<ILogger<WarmStart>>()));
        services.AddSingleton<SourceNameValidator>();
        services.AddSingleton<IValidateOptions<ClusterOptions>>(static provider => provider.GetRequiredService<SourceNameValidator>());
        services.AddSingleton<IValidateOptions<StartupCheck>, StartupCheckValidator>();
        services.AddOptions<StartupCheck>().ValidateOnStart();
        services.TryAddSingleton<INameResolver, SystemNameResolver>();
        services.TryAddSingleton(static provider => new ClusterServices(
            provider.GetRequiredService<MonotonicClock>(), provider.GetRequiredService<IRandomSource>(), provider.GetRequiredService<LoadBalancingPolicies>(),
            provider.GetRequiredService<IEndpointProbe>(), provider.GetRequiredService<ClientLbMetrics>(),
            provider.GetService<ILoggerFactory>()?.CreateLogger("ClientLb.Clusters") ?? NullLogger.Instance));
        services.TryAddSingleton(static provider => new ClusterRegistry(
            new SourceSelection(
                provider.GetServices<IEndpointSource>(), provider.GetRequiredService<INameResolver>(), provider.GetRequiredService<WarmStart>(),
                provider.GetRequiredService<ClusterServices>()),
            provider.GetRequiredService<IOptionsFactory<ClusterOptions>>(),
            provider.GetServices<IOptionsChangeTokenSource<ClusterOptions>>(),
            provider.GetRequiredService<ClusterNames>(),
            provider.GetService<IConfiguration>(),
            provider.GetRequiredService<ClusterServices>()));
        return new ClientLbBuilder(services);
    }

    /// <summary>Names a cluster and sets its options in code.</summary>
    /// <param name="builder">The builder.</param>
    /// <param name="name">The name.</param>
    /// <param name="configure">Sets options; it goes after those of the section <c>ClientLb:Clusters:{name}</c>.</param>
    /// <returns>The builder.</returns>
    public static IClientLbBuilder AddCluster(this IClientLbBuilder builder, string name, Action<ClusterOptions>? configure = null)
    {
        ArgumentNullException.ThrowIfNull(builder);
        ArgumentException.ThrowIfNullOrWhiteSpace(name);
        var names = Names(builder.Services);
        names.Add(name);
        name = names.Canonical(name);
        builder.Services.AddOptions<ClusterOptions>(name).ValidateOnStart();
        if (configure is not null)
        {
            builder.Services.Configure(name, configure);
        }

        return builder;
    }

    /// <summary>Names a cluster with endpoints that are given in code.</summary>
    /// <param name="builder">The builder.</param>
    /// <param name="name">The name.</param>
    /// <param name="endpoints">The endpoints.</param>
    /// <returns>The builder.</returns>
    public static IClientLbBuilder AddCluster(this IClientLbBuilder builder, string name, params EndpointDescriptor[] endpoints) =>
        builder.AddCluster(name, options => options.Source = new StaticEndpointSource(name, endpoints));

    /// <summary>Adds a source of endpoints of your own. It serves the clusters that no source before it serves.</summary>
    /// <typeparam name="TSource">The source.</typeparam>
    /// <param name="builder">The builder.</param>
    /// <returns>The builder.</returns>
    public static IClientLbBuilder AddEndpointSource<
        [System.Diagnostics.CodeAnalysis.DynamicallyAccessedMembers(System.Diagnostics.CodeAnalysis.DynamicallyAccessedMemberTypes.PublicConstructors)] TSource>(
        this IClientLbBuilder builder) where TSource : class, IEndpointSource
    {
        ArgumentNullException.ThrowIfNull(builder);
        builder.Services.AddSingleton<IEndpointSource, TSource>();
        return builder;
    }

    /// <summary>Adds a load-balancing policy of your own: clusters choose it by its name.</summary>
    /// <param name="builder">The builder.</param>
    /// <param name="policy">The policy.</param>
    /// <returns>The builder.</returns>
    public static IClientLbBuilder AddPolicy(this IClientLbBuilder builder, ILoadBalancingPolicy policy)
    {
        ArgumentNullException.ThrowIfNull(builder);
        ArgumentNullException.ThrowIfNull(policy);
        builder.Services.AddSingleton(policy);
        return builder;
    }

    /// <summary>Resolves clusters before the host reports that it is ready, so that the first call finds its endpoints.</summary>
    /// <param name="builder">The builder.</param>
    /// <param name="clusters">Their names.</param>
    /// <returns>The builder.</returns>
    public static IClientLbBuilder WarmUp(this IClientLbBuilder builder, params string[] clusters)
    {
        ArgumentNullException.ThrowIfNull(builder);
        ArgumentNullException.ThrowIfNull(clusters);
        foreach (var cluster in clusters)
        {
            builder.AddCluster(cluster);
        }

        builder.Services.Configure<ClusterWarmUpOptions>(options => Array.ForEach(clusters, options.Clusters.Add));
        builder.Services.TryAddEnumerable(ServiceDescriptor.Singleton<IHostedService, ClusterWarmUp>());
        return builder;
    }

    /// <summary>
    /// Keeps the last good list of every cluster on disk, so that a process that starts while the registry is down has endpoints to call. Off until a
    /// directory is given, here or in the section <c>ClientLb:WarmStart</c>.
    /// </summary>
    /// <param name="builder">The builder.</param>
    /// <param name="configure">Sets options; it goes after the section.</param>
    /// <returns>The builder.</returns>
    public static IClientLbBuilder AddWarmStart(this IClientLbBuilder builder, Action<WarmStartOptions> configure)
    {
        ArgumentNullException.ThrowIfNull(builder);
        ArgumentNullException.ThrowIfNull(configure);
        builder.Services.Configure(configure);
        return builder;
    }

    internal static void AddSection<T>(IServiceCollection services, SettingsSchema<T> schema, Func<string, string> path) where T : class
    {
        services.AddSingleton(provider => new SectionOptions<T>(provider.GetService<IConfiguration>(), schema, path));
        services.AddSingleton<IConfigureOptions<T>>(static provider => provider.GetRequiredService<SectionOptions<T>>());
        services.AddSingleton<IValidateOptions<T>>(static provider => provider.GetRequiredService<SectionOptions<T>>());
        services.AddSingleton<IOptionsChangeTokenSource<T>>(static provider => provider.GetRequiredService<SectionOptions<T>>());
    }

    private static IConfiguration Configuration(IServiceProvider provider) =>
        provider.GetService<IConfiguration>() ?? new ConfigurationBuilder().Build();

    private static ClusterNames Names(IServiceCollection services)
    {
        var descriptor = services.FirstOrDefault(static d => d.ServiceType == typeof(ClusterNames));
        if (descriptor?.ImplementationInstance is ClusterNames names)
        {
            return names;
        }

        names = new ClusterNames();
        services.AddSingleton(names);
        return names;
    }
}
