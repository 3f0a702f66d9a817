using ClientLb.Http;
using ClientLb.Telemetry;
using Microsoft.Extensions.Http;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace ClientLb.DependencyInjection;

/// <summary>
/// Warns where something else in a balanced client's pipeline does what the balancer does: retries that multiply, hosts that are resolved before the balancer sees
/// them. Such handlers often come with defaults for all clients, from far away. They are known by name, since their packages are not referenced.
/// </summary>
internal sealed class PipelineReview(IOptions<OwnedClients> clients, ILoggerFactory loggers) : IHttpMessageHandlerBuilderFilter
{
    private const string Retries = "retries, breaks and times out by itself, so attempts multiply and are hidden from the endpoints' health. ";
    private const string Resolves = "replaces the host of each request by one instance before the balancer sees it, so nothing is balanced, checked or tried elsewhere. ";

    private static readonly (string Type, string Problem)[] s_known =
    [
        ("Microsoft.Extensions.Http.Resilience.", Retries + "Take AddStandardResilienceHandler() and the like away from this client (RemoveAllResilienceHandlers() where it comes with "
            + "ConfigureHttpClientDefaults) and use ClientLb:Clients:{0}:Retry and :Timeouts."),
        ("Microsoft.Extensions.Http.PolicyHttpMessageHandler", Retries + "Take AddPolicyHandler() away from this client and use ClientLb:Clients:{0}:Retry and :Timeouts."),
        ("Microsoft.Extensions.ServiceDiscovery.", Resolves + "Take AddServiceDiscovery() away from this client: ClientLb reads the section Services itself."),
        ("Steeltoe.", Resolves + "Take AddServiceDiscovery() or AddRoundRobinLoadBalancer() of Steeltoe away from this client."),
    ];

    private readonly ILogger _logger = loggers.CreateLogger("ClientLb.Calls");
    private readonly HashSet<(string, string)> _warned = [];

    public Action<HttpMessageHandlerBuilder> Configure(Action<HttpMessageHandlerBuilder> next) => builder =>
    {
        next(builder);
        if (builder.Name is { } name && clients.Value.Balanced.Contains(name))
        {
            Review(name, [.. builder.AdditionalHandlers, builder.PrimaryHandler]);
        }
    };

    private void Review(string client, List<HttpMessageHandler> handlers)
    {
        foreach (var handler in handlers)
        {
            var type = handler.GetType().FullName ?? "";
            foreach (var (known, problem) in s_known)
            {
                if (type.StartsWith(known, StringComparison.Ordinal))
                {
                    Warn(client, type, $"{type} in its pipeline " + problem.Replace("{0}", client, StringComparison.Ordinal));
                }
            }
        }

        if (handlers.Count(static handler => handler is LoadBalancingHandler) > 1)
        {
            Warn(client, "twice", "it is balanced twice, so attempts multiply. AddLoadBalancedHttpClient() needs no AddLoadBalancing(), and one AddLoadBalancing() is enough.");
        }
    }

    private void Warn(string client, string what, string problem)
    {
        // A pipeline is made anew every few minutes.
        lock (_warned)
        {
            if (!_warned.Add((client, what)))
            {
                return;
            }
        }

        _logger.ClientMisconfigured(client, problem);
    }
}
