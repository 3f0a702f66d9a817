using ClientLb.Http;
using Microsoft.Extensions.Http;
using Microsoft.Extensions.Options;

namespace ClientLb.DependencyInjection;

/// <summary>
/// A client whose primary handler the application has replaced (a test server, a mock, a proxy) is balanced all the same: above that handler, by
/// rewriting the authority.
/// </summary>
internal sealed class LoadBalancingHandlerFilter(LoadBalancedClients clients, IOptions<OwnedClients> owned) : IHttpMessageHandlerBuilderFilter
{
    public Action<HttpMessageHandlerBuilder> Configure(Action<HttpMessageHandlerBuilder> next) => builder =>
    {
        next(builder);
        if (builder.Name is { } name && owned.Value.Names.Contains(name) && builder.PrimaryHandler is not LoadBalancingHandler)
        {
            var above = LoadBalancingHandler.Above(clients.Get(name));
            above.InnerHandler = builder.PrimaryHandler;
            builder.PrimaryHandler = above;
        }
    };
}
