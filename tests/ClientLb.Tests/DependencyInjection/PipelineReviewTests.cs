using Microsoft.Extensions.DependencyInjection;

namespace ClientLb.Tests.DependencyInjection
{
    /// <summary>What can't work, or works twice, is said with the way out.</summary>
    public class PipelineReviewTests
    {
        private static readonly (string, string?)[] s_endpoint = [("ClientLb:Clusters:orders:Endpoints", "10.0.0.1:80")];

        [Theory]
        [InlineData(typeof(global::Microsoft.Extensions.Http.Resilience.ResilienceHandler), "RemoveAllResilienceHandlers()")]
        [InlineData(typeof(global::Microsoft.Extensions.Http.PolicyHttpMessageHandler), "AddPolicyHandler()")]
        [InlineData(typeof(global::Microsoft.Extensions.ServiceDiscovery.Http.ResolvingHttpDelegatingHandler), "AddServiceDiscovery()")]
        [InlineData(typeof(global::Steeltoe.Discovery.HttpClients.DiscoveryHttpDelegatingHandler), "Steeltoe")]
        public async Task A_second_handler_of_the_kind_is_warned_about_once(Type handler, string wayOut)
        {
            await using var app = new App(services =>
            {
                services.AddLoadBalancedHttpClient("orders").AddHttpMessageHandler(() => (DelegatingHandler)Activator.CreateInstance(handler)!);
                services.AddHttpClient("other").AddHttpMessageHandler(() => (DelegatingHandler)Activator.CreateInstance(handler)!);
            }, s_endpoint);

            await app.Client("orders").GetStringAsync("/");
            _ = app.Client("other");

            var line = Assert.Single(Warnings(app));
            Assert.Contains(wayOut, line, StringComparison.Ordinal);
            Assert.Contains(handler.FullName!, line, StringComparison.Ordinal);
            Assert.Contains("orders", line, StringComparison.Ordinal);
        }

        [Fact]
        public void Balanced_twice_is_warned_about()
        {
            using var app = new App(static services => services.AddLoadBalancedHttpClient("orders").AddLoadBalancing(), s_endpoint);

            _ = app.Client("orders");

            Assert.Contains("balanced twice", Assert.Single(Warnings(app)), StringComparison.Ordinal);
        }

        [Fact]
        public void Ordinary_handlers_and_the_defaults_give_no_warning()
        {
            using var app = new App(static services =>
            {
                services.AddLoadBalancedHttpClient("orders").AddHttpMessageHandler(static () => new PlainHandler());
                services.AddHttpClient("stock").AddLoadBalancing();
            }, s_endpoint);

            _ = app.Client("orders");
            _ = app.Client("stock");

            Assert.Empty(Warnings(app));
        }

        [Fact]
        public void Attempts_that_do_not_fit_into_the_call_are_warned_about_with_the_number_that_does()
        {
            using var app = new App(static services => services.AddLoadBalancedHttpClient("orders"),
                [.. s_endpoint, ("ClientLb:Clients:orders:Timeouts:Call", "12s")]);

            _ = app.Client("orders");

            var line = Assert.Single(Warnings(app));
            Assert.Contains("ClientLb:Clients:orders:Timeouts:Attempt to at most 4s", line, StringComparison.Ordinal);
        }

        [Fact]
        public async Task A_method_that_is_not_idempotent_is_repeated_where_it_is_named_and_warned_about()
        {
            await using var app = new App(static services => services.AddLoadBalancedHttpClient("orders"),
                [("ClientLb:Clusters:orders:Endpoints", "10.0.0.1:80, 10.0.0.2:80"), ("ClientLb:Clients:orders:Retry:Methods", "GET, PUT, POST")]);
            app.Sent.Answer = static number => new HttpResponseMessage(number == 1 ? System.Net.HttpStatusCode.BadGateway : System.Net.HttpStatusCode.OK);

            using var answer = await app.Client("orders").PostAsync("/", null);

            Assert.Equal(System.Net.HttpStatusCode.OK, answer.StatusCode);
            Assert.Equal(2, app.Sent.All.Count);
            Assert.Contains("carried out twice", Assert.Single(Warnings(app)), StringComparison.Ordinal);
        }

        private static IEnumerable<string> Warnings(App app) => app.Log.Lines.Where(static line => line.Id == 303).Select(static line => line.Text);

        private sealed class PlainHandler : DelegatingHandler;
    }
}

// Handlers of packages that are not referenced here: known by their names.
#pragma warning disable IDE0130
namespace Microsoft.Extensions.Http.Resilience
{
    internal sealed class ResilienceHandler : DelegatingHandler;
}

namespace Microsoft.Extensions.Http
{
    internal sealed class PolicyHttpMessageHandler : DelegatingHandler;
}

namespace Microsoft.Extensions.ServiceDiscovery.Http
{
    internal sealed class ResolvingHttpDelegatingHandler : DelegatingHandler;
}

namespace Steeltoe.Discovery.HttpClients
{
    internal sealed class DiscoveryHttpDelegatingHandler : DelegatingHandler;
}
#pragma warning restore IDE0130
