using ClientLb.Clusters;
using ClientLb.Health;
using ClientLb.Settings;
using Microsoft.Extensions.Configuration;

namespace ClientLb.Tests.Health.Checks;

public class HealthCheckOptionsTests
{
    [Fact]
    public void Defaults_are_off_and_valid()
    {
        Assert.False(new HealthCheckOptions().IsOn);
        Assert.Empty(Errors(static _ => { }));
    }

    [Fact]
    public void One_option_turns_checks_on()
    {
        Assert.True(new HealthCheckOptions { Type = HealthCheckType.Http }.IsOn);
        Assert.True(new HealthCheckOptions { Check = static (_, _) => new(HealthCheckResult.Healthy) }.IsOn);
    }

    [Fact]
    public void Timeout_above_the_interval_is_refused() => Assert.Equal(
        ["orders:HealthCheck:Timeout = '3s': allowed is at most Interval (2s)."],
        Errors(static options => options.Interval = TimeSpan.FromSeconds(2)));

    [Fact]
    public void Text_in_the_body_is_refused_where_there_is_no_body() => Assert.Equal(
        ["orders:HealthCheck:BodyContains = 'ok': allowed is nothing where Method is HEAD, which gets no body."],
        Errors(static options => (options.Method, options.BodyContains) = ("HEAD", "ok")));

    [Fact]
    public void Check_in_code_and_a_type_are_refused_together() => Assert.StartsWith(
        "orders:HealthCheck:Type = ",
        Assert.Single(Errors(static options => (options.Type, options.Check) = (HealthCheckType.Tcp, static (_, _) => new(HealthCheckResult.Healthy)))),
        StringComparison.Ordinal);

    [Theory]
    [InlineData("Path", "health")]
    [InlineData("Path", "/he alth")]
    [InlineData("Path", "/health\r\nX: y")]
    [InlineData("Method", "get")]
    [InlineData("Method", "GET /x")]
    [InlineData("Host", "a/b")]
    [InlineData("Host", "a\r\nb")]
    [InlineData("Statuses", "200-299, 2xx")]
    [InlineData("DegradedStatuses", "299-200")]
    [InlineData("Port", "65536")]
    [InlineData("Type", "Ping")]
    public void Value_that_would_break_the_request_is_refused(string key, string value)
    {
        var errors = new SettingErrors();
        ClusterOptions.Schema.Bind(Section(($"HealthCheck:{key}", value)), new ClusterOptions(), errors);

        Assert.StartsWith($"orders:HealthCheck:{key} = ", Assert.Single(errors.Messages), StringComparison.Ordinal);
    }

    [Fact]
    public void Section_sets_everything()
    {
        var options = new ClusterOptions();
        var errors = new SettingErrors();

        ClusterOptions.Schema.Bind(
            Section(("HealthCheck:Type", "grpcwatch"), ("HealthCheck:Statuses", "204, 401-403"), ("HealthCheck:Interval", "10s"), ("HealthCheck:GrpcService", "orders.v1")),
            options, errors);

        Assert.Empty(errors.Messages);
        Assert.Equal(HealthCheckType.GrpcWatch, options.HealthCheck.Type);
        Assert.Equal(["204", "401-403"], options.HealthCheck.Statuses);
        Assert.Equal((TimeSpan.FromSeconds(10), "orders.v1"), (options.HealthCheck.Interval, options.HealthCheck.GrpcService));
    }

    private static IReadOnlyList<string> Errors(Action<HealthCheckOptions> configure)
    {
        var options = new ClusterOptions();
        configure(options.HealthCheck);
        var errors = new SettingErrors();
        ClusterOptions.Schema.Validate("orders", options, errors);
        return errors.Messages;
    }

    private static IConfigurationSection Section(params (string Key, string Value)[] settings) => new ConfigurationBuilder()
        .AddInMemoryCollection(settings.Select(static setting => KeyValuePair.Create("orders:" + setting.Key, (string?)setting.Value))).Build().GetSection("orders");
}
