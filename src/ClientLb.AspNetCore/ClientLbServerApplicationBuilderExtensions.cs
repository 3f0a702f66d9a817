using ClientLb.AspNetCore;
using Microsoft.Extensions.DependencyInjection;

namespace Microsoft.AspNetCore.Builder;

/// <summary>Puts the server's side of ClientLb into the pipeline.</summary>
public static class ClientLbServerApplicationBuilderExtensions
{
    private const string UsedKey = "ClientLb.AspNetCore.IsUsed";

    /// <summary>
    /// Honours deadlines, limits concurrent requests and reports load for everything that comes after it in the pipeline: put it first, so that a
    /// request that nobody waits for costs nothing. A second one in the same pipeline does nothing.
    /// </summary>
    /// <param name="app">The pipeline.</param>
    /// <returns>The pipeline.</returns>
    /// <exception cref="InvalidOperationException">At the start of the server, when <c>AddClientLbServer()</c> was not called.</exception>
    public static IApplicationBuilder UseClientLb(this IApplicationBuilder app)
    {
        ArgumentNullException.ThrowIfNull(app);

        // Counted twice, every request would be two.
        if (!app.Properties.TryAdd(UsedKey, true))
        {
            return app;
        }

        // Resolved when the pipeline is built, which is after the host has checked all options: so all mistakes are told together.
        return app.Use(next =>
        {
            var runtime = app.ApplicationServices.GetService<ServerRuntime>()
                ?? throw new InvalidOperationException("UseClientLb() needs its services: call builder.Services.AddClientLbServer() before Build().");
            return new ServerMiddleware(next, runtime).InvokeAsync;
        });
    }
}
