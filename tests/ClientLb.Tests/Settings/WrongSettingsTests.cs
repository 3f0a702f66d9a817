using ClientLb.Clusters;
using ClientLb.Consul;
using ClientLb.Consul.Registration;
using ClientLb.Discovery;
using ClientLb.Http;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;

namespace ClientLb.Tests.Settings;

/// <summary>Every option of the library, set wrong, in a host that starts: all mistakes come at once.</summary>
public class WrongSettingsTests
{
    private static readonly (string Key, string Allowed, string[] Values)[] All =
    [
        .. WrongValues.Of("ClientLb:Clusters:orders", ClusterOptions.Schema),
        .. WrongValues.Of("ClientLb:Clients:web", LoadBalancedClientOptions.Schema),
        .. WrongValues.Of("ClientLb:Consul", ConsulOptions.Schema),
        .. WrongValues.Of("ClientLb:WarmStart", WarmStartOptions.Schema),
        .. WrongValues.Of("ClientLb:Consul:Registration", ConsulRegistrationOptions.Schema),
    ];

    public static TheoryData<int> Rounds => [.. Enumerable.Range(0, All.Max(setting => setting.Values.Length))];

    [Fact]
    public void Walk_finds_the_settings_of_all_parts()
    {
        Assert.True(All.Length > 35, $"Only {All.Length} settings.");
        Assert.Contains(All, setting => setting.Key == "ClientLb:Clusters:orders:OutlierDetection:FailureRate");
        Assert.Contains(All, setting => setting.Key == "ClientLb:Clients:web:Timeouts:Connect");
        Assert.Contains(All, setting => setting.Key == "ClientLb:Consul:Wait");
        Assert.Contains(All, setting => setting.Key == "ClientLb:Consul:Registration:Checks:0:Interval");
    }

    [Theory]
    [MemberData(nameof(Rounds))]
    public async Task Start_all_settings_wrong_each_is_named_once_with_its_value_and_what_is_allowed(int round)
    {
        // A list in one text that is empty is an empty list: nothing is wrong with that.
        var wrong = All.Select(setting => (setting.Key, setting.Allowed, Value: setting.Values[round % setting.Values.Length]))
            .Select(setting => IsList(setting.Key) ? (setting.Key, setting.Allowed, Value: "!") : setting)
            .Where(setting => !setting.Key.EndsWith(":Tags", StringComparison.Ordinal) && !IsGood(setting.Key, setting.Value)).ToArray();

        var failures = await StartAsync(wrong.Select(setting => (setting.Key, (string?)setting.Value)));

        Assert.All(wrong, setting =>
        {
            var message = Assert.Single(failures, failure => failure.StartsWith(setting.Key + " = ", StringComparison.Ordinal));
            Assert.StartsWith($"{setting.Key} = '{setting.Value}'", message, StringComparison.Ordinal);
            Assert.True(message.Contains(setting.Allowed, StringComparison.Ordinal) || message.Contains("There is no load-balancing policy", StringComparison.Ordinal), message);
        });
        Assert.Equal(wrong.Length, failures.Count);
    }

    [Fact]
    public async Task Start_unknown_keys_at_every_level_are_named_with_what_was_meant()
    {
        var failures = await StartAsync([
            ("ClientLb:Clutsers:orders:Policy", "random"), ("ClientLb:Clusters:orders:Polcy", "random"), ("ClientLb:Clusters:unnamed:RetryBudget:Ration", "1"),
            ("ClientLb:Clients:web:Timeouts:Atempt", "1s"), ("ClientLb:Clients:unnamed:Retries:MaxAttempts", "1"), ("ClientLb:Consul:Adresses", "x"),
            ("ClientLb:Clusters:unnamed:Endpoints:0:Adress", "x")]);

        string[] expected = [
            "ClientLb:Clutsers|did you mean Clusters?", "ClientLb:Clusters:orders:Polcy|did you mean Policy?",
            "ClientLb:Clusters:unnamed:RetryBudget:Ration|did you mean Ratio?", "ClientLb:Clients:web:Timeouts:Atempt|did you mean Attempt?",
            "ClientLb:Clients:unnamed:Retries|known are Timeouts, Retry", "ClientLb:Consul:Adresses|did you mean Addresses?",
            "ClientLb:Clusters:unnamed:Endpoints:0:Adress|did you mean Address?"];
        Assert.All(expected, text =>
        {
            var parts = text.Split('|');
            Assert.Contains(parts[1], Assert.Single(failures, failure => failure.StartsWith(parts[0] + " = ", StringComparison.Ordinal)), StringComparison.Ordinal);
        });
    }

    [Fact]
    public async Task Start_policy_that_does_not_exist_is_named_once_for_named_and_unnamed_clusters()
    {
        var failures = await StartAsync([("ClientLb:Clusters:orders:Policy", "randon"), ("ClientLb:Clusters:unnamed:Policy", "nothing")]);

        Assert.Equal(2, failures.Count);
        Assert.Contains("Did you mean 'random'?", failures.Single(failure => failure.StartsWith("ClientLb:Clusters:orders:Policy", StringComparison.Ordinal)), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Start_source_that_nobody_registered_is_named_for_named_and_unnamed_clusters_with_those_that_are()
    {
        var failures = await StartAsync([
            ("ClientLb:Clusters:orders:Sources", "consull, static"), ("ClientLb:Clusters:unnamed:Sources:0", "Consul"), ("ClientLb:Clusters:unnamed:Sources:1", "zookeeper")]);

        Assert.Equal(3, failures.Count);
        Assert.Contains("ClientLb:Clusters:orders:Sources = 'consull': allowed is the name of a registered source: configuration, services, consul; did you mean consul?.", failures);
        Assert.Contains(failures, failure => failure.StartsWith("ClientLb:Clusters:orders:Sources = 'static'", StringComparison.Ordinal));
        Assert.Contains(failures, failure => failure.StartsWith("ClientLb:Clusters:unnamed:Sources = 'zookeeper'", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Start_source_named_twice_is_said_once() =>
        Assert.StartsWith("ClientLb:Clusters:orders:Sources = 'consul': allowed is a name that is given once",
            Assert.Single(await StartAsync([("ClientLb:Clusters:orders:Sources", "consul, configuration, Consul")])), StringComparison.Ordinal);

    [Fact]
    public async Task Start_values_set_wrong_in_code_are_named_too()
    {
        var failures = await StartAsync([], static services =>
        {
            services.AddClientLb().AddCluster("orders", static o =>
            {
                o.RetryBudget.Ratio = -1;
                o.OutlierDetection.Window = TimeSpan.Zero;
            });
            services.AddLoadBalancedHttpClient("web", static o =>
            {
                o.Timeouts.Attempt = TimeSpan.FromMinutes(2);
                o.Retry.IdempotencyHeader = null!;
            });
        });

        Assert.Equal(
            ["ClientLb:Clients:web:Retry:IdempotencyHeader", "ClientLb:Clients:web:Timeouts:Attempt", "ClientLb:Clusters:orders:OutlierDetection:Window", "ClientLb:Clusters:orders:RetryBudget:Ratio"],
            failures.Select(failure => failure.Split(' ')[0]).Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task Start_everything_right_nothing_is_said() =>
        Assert.Empty(await StartAsync([("ClientLb:Clusters:orders:Endpoints", "10.0.0.1:80"), ("ClientLb:Clients:web:Timeouts:Attempt", "2s")]));

    private static bool IsList(string key) => Array.Exists([":Addresses", ":Sources", ":Methods", ":On", ":FailureStatuses", ":Statuses", ":IdempotentMethods", ":RetryableStatuses", ":DegradedStatuses"], end => key.EndsWith(end, StringComparison.Ordinal));

    // What the walk can't know of a text: which ones its own rule takes.
    private static bool IsGood(string key, string value) => (value.Length == 0 && IsHeaderOrNone(key)) || (value == "!" && (key.EndsWith(":Service", StringComparison.Ordinal)
        || key.EndsWith(":Directory", StringComparison.Ordinal) || key.EndsWith(":Path", StringComparison.Ordinal)
        || key.EndsWith(":HashKey:Name", StringComparison.Ordinal) || IsFile(key)));

    private static bool IsHeaderOrNone(string key) =>
        Array.Exists([":Deadlines:Header", ":AttemptHeader", ":RequestIdHeader"], end => key.EndsWith(end, StringComparison.Ordinal));

    private static bool IsFile(string key) => key.EndsWith("File", StringComparison.Ordinal) && !key.EndsWith("TokenFile", StringComparison.Ordinal);

    private static async Task<List<string>> StartAsync(IEnumerable<(string Key, string? Value)> settings, Action<IServiceCollection>? configure = null)
    {
        var builder = new HostApplicationBuilder(new HostApplicationBuilderSettings { DisableDefaults = true });
        builder.Configuration.AddInMemoryCollection(settings.Select(setting => KeyValuePair.Create(setting.Key, setting.Value)));
        builder.Services.AddClientLb().AddConsul().AddCluster("orders");
        builder.Services.AddLoadBalancedHttpClient("web");
        configure?.Invoke(builder.Services);
        using var host = builder.Build();
        try
        {
            await host.StartAsync();
            await host.StopAsync();
            return [];
        }
        catch (OptionsValidationException e)
        {
            return [.. e.Failures];
        }
        catch (AggregateException e)
        {
            return [.. e.Flatten().InnerExceptions.SelectMany(inner => Assert.IsType<OptionsValidationException>(inner).Failures)];
        }
    }
}
