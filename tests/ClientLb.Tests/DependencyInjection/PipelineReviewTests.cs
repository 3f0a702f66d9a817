using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

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

        [Theory]
        [InlineData("Hedging:MaxAttempts is 4", "Hedging:Delay=1s", "Hedging:MaxAttempts=4")]
        [InlineData("no call is ever hedged", "Hedging:Delay=10s")]
        [InlineData("Retry:MaxDelay is 30s", "Retry:MaxDelay=30s")]
        [InlineData("waits of up to 6s", "Retry:BaseDelay=2s", "Retry:MaxDelay=8s")]
        [InlineData("Timeouts:Attempt to at most 8s", "Retry:BaseDelay=2s", "Retry:MaxDelay=8s")]
        [InlineData("Retry:BaseDelay, or raise", "Retry:BaseDelay=10s", "Retry:MaxDelay=20s")]
        public void Settings_that_can_not_do_what_they_seem_to_are_warned_about(string warning, params string[] settings)
        {
            using var app = new App(static services => services.AddLoadBalancedHttpClient("orders"), [.. s_endpoint, .. settings.Select(Setting)]);

            _ = app.Client("orders");

            Assert.Contains(warning, Assert.Single(Warnings(app)), StringComparison.Ordinal);
        }

        [Theory]
        [InlineData("Hedging:Delay=9999ms", "Hedging:MaxAttempts=3")]
        [InlineData("Retry:BaseDelay=250ms", "Retry:MaxDelay=500ms")]
        [InlineData("Retry:MaxAttempts=1", "Retry:MaxDelay=1m")]
        public void Settings_that_fit_are_not(params string[] settings)
        {
            using var app = new App(static services => services.AddLoadBalancedHttpClient("orders"), [.. s_endpoint, .. settings.Select(Setting)]);

            _ = app.Client("orders");

            Assert.Empty(Warnings(app));
        }

        [Fact]
        public async Task All_is_said_when_the_host_starts()
        {
            await using var app = new App(static services =>
            {
                services.AddLoadBalancedHttpClient("orders").AddLoadBalancing();
                services.AddLoadBalancedHttpClient("stock").ConfigureHttpClient(static client => client.Timeout = TimeSpan.FromSeconds(5));
                services.AddHttpClient("broken").AddLoadBalancing().AddHttpMessageHandler(static () => throw new InvalidOperationException("no handler"));
            }, [.. s_endpoint, ("ClientLb:Clients:orders:Timeouts:Call", "12s")]);
            var review = Assert.Single(app.Services.GetServices<IHostedService>().OfType<ClientLb.DependencyInjection.ClientReview>());
            Assert.Empty(Warnings(app));

            await review.StartAsync(CancellationToken.None);

            var lines = Warnings(app).Order().ToList();
            Assert.Equal(4, lines.Count);
            Assert.Contains("no handler", lines[0], StringComparison.Ordinal);
            Assert.Contains(lines, static line => line.Contains("balanced twice", StringComparison.Ordinal));
            Assert.Contains(lines, static line => line.Contains("do not fit into a call of 12s", StringComparison.Ordinal));
            Assert.Contains("HttpClient.Timeout", lines[3], StringComparison.Ordinal);
            await review.StopAsync(CancellationToken.None);
        }

        private static (string, string?) Setting(string text) => ("ClientLb:Clients:orders:" + text.Split('=')[0], text.Split('=')[1]);

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
