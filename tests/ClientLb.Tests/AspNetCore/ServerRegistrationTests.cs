using ClientLb.AspNetCore;
using ClientLb.Tests.DependencyInjection;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace ClientLb.Tests.AspNetCore;

public sealed class ServerRegistrationTests
{
    [Fact]
    public async Task Two_lines_are_enough()
    {
        await using var app = new App(static services => services.AddClientLbServer());
        var exchange = new Exchange();

        await Pipeline(app, static builder => builder.UseClientLb())(exchange.Context);

        Assert.Equal("1", exchange.Header("x-requests-in-flight"));
    }

    [Fact]
    public async Task Second_use_in_one_pipeline_counts_nothing_twice()
    {
        await using var app = new App(static services => services.AddClientLbServer(static o => o.MaxConcurrentRequests = 1).AddClientLbServer());
        var exchange = new Exchange();

        await Pipeline(app, static builder => builder.UseClientLb().UseClientLb())(exchange.Context);

        Assert.Equal((200, "1"), (exchange.Status, exchange.Header("x-requests-in-flight")));
    }

    [Fact]
    public async Task Settings_come_from_the_section_and_then_from_code()
    {
        await using var app = new App(
            static services => services.AddClientLbServer(static o => o.QueueLength = 7),
            ("ClientLb:Server:MaxConcurrentRequests", "5"), ("ClientLb:Server:QueueLength", "6"), ("ClientLb:Server:DeadlineHeaders", "X-A, X-B"),
            ("ClientLb:Server:Exempt:0", "/ready"), ("ClientLb:Server:MaxDeadline", "30s"), ("ClientLb:Server:LoadReport", "json"),
            ("ClientLb:Server:InFlightHeader", ""));

        var options = app.Services.GetRequiredService<IOptions<ClientLbServerOptions>>().Value;

        Assert.Equal((5, 7, TimeSpan.FromSeconds(30)), (options.MaxConcurrentRequests, options.QueueLength, options.MaxDeadline));
        Assert.Equal(["X-A", "X-B"], options.DeadlineHeaders);
        Assert.Equal(["/ready"], options.Exempt);
        Assert.Equal((LoadReportFormat.Json, ""), (options.LoadReport, options.InFlightHeader));
    }

    [Fact]
    public async Task All_mistakes_are_told_at_once_each_with_its_key()
    {
        await using var app = new App(
            static services => services.AddClientLbServer(static o =>
            {
                o.Metrics["a b"] = static () => 1;
                o.Exempt.Add("health/");
            }),
            ("ClientLb:Server:MaxConcurrentRequests", "-1"), ("ClientLb:Server:QueueLength", "3"), ("ClientLb:Server:RetryAfter", "1ms"),
            ("ClientLb:Server:MaxDeadline", "5"), ("ClientLb:Server:DeadlineHeaders:0", "X Y"), ("ClientLb:Server:InFlightHeader", "a b"),
            ("ClientLb:Server:LoadReport", "Xml"), ("ClientLb:Server:QueueLenght", "3"));

        var error = Assert.Throws<OptionsValidationException>(() => app.Services.GetRequiredService<ServerRuntime>());

        string[] keys =
        [
            "MaxConcurrentRequests = '-1'", "QueueLength = 3", "RetryAfter = '1ms'", "MaxDeadline = '5'", "DeadlineHeaders:0 = 'X Y'", "InFlightHeader = 'a b'",
            "LoadReport = 'Xml'", "QueueLenght", "did you mean QueueLength?", "Metrics = 'a b'", "Exempt = 'health/'",
        ];
        Assert.All(keys, key => Assert.Contains(key, error.Message, StringComparison.Ordinal));
    }

    [Fact]
    public async Task Section_is_known_to_the_check_of_the_core()
    {
        await using var app = new App(static services => services.AddClientLb(), ("ClientLb:Server:QueueLength", "3"), ("ClientLb:Serve:X", "3"));

        var error = Assert.Throws<OptionsValidationException>(() => app.Services.GetRequiredService<IStartupValidator>().Validate());

        Assert.Contains("did you mean Server?", error.Message, StringComparison.Ordinal);
        Assert.Single(error.Failures);
    }

    [Fact]
    public async Task Pipeline_without_its_services_says_what_is_missing()
    {
        await using var app = new App(static _ => { });

        var error = Assert.Throws<InvalidOperationException>(() => Pipeline(app, static builder => builder.UseClientLb()));

        Assert.Contains("AddClientLbServer()", error.Message, StringComparison.Ordinal);
    }

    private static RequestDelegate Pipeline(App app, Action<IApplicationBuilder> configure)
    {
        var builder = new ApplicationBuilder(app.Services);
        configure(builder);
        builder.Run(static _ => Task.CompletedTask);
        return builder.Build();
    }
}
