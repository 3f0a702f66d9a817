using ClientLb.Clusters;
using ClientLb.Http;
using ClientLb.Settings;
using ClientLb.Tests.Architecture;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace ClientLb.Tests.Settings;

public sealed class PresetTests
{
    private static readonly string[] s_columns = ["Minimal", "Standard", "Aggressive"];

    [Theory]
    [InlineData("Retry:MaxAttempts")]
    [InlineData("Retry:BaseDelay")]
    [InlineData("Retry:MaxDelay")]
    [InlineData("Timeouts:Attempt")]
    [InlineData("RetryBudget:Ratio")]
    [InlineData("RetryBudget:MinTokens")]
    [InlineData("Limits:Adaptive:Enabled")]
    [InlineData("Limits:Adaptive:LatencyFactor")]
    [InlineData("Limits:Adaptive:LiftAfter")]
    [InlineData("OutlierDetection:Enabled")]
    [InlineData("OutlierDetection:ConsecutiveFailures")]
    [InlineData("OutlierDetection:FailureRate")]
    [InlineData("OutlierDetection:MinimumAttempts")]
    [InlineData("OutlierDetection:Window")]
    [InlineData("OutlierDetection:StallTime")]
    [InlineData("OutlierDetection:BaseEjectionTime")]
    [InlineData("OutlierDetection:MaxEjectionTime")]
    [InlineData("OutlierDetection:MaxEjectedShare")]
    [InlineData("OutlierDetection:CapacityHeadroom")]
    [InlineData("OutlierDetection:PanicThreshold")]
    public void Table_in_the_docs_has_the_numbers_that_are_in_force(string setting)
    {
        var rows = File.ReadLines(Path.Combine(Repository.Root, "docs", "configuration.md"))
            .SkipWhile(static line => line != "## Presets").Where(static line => line.StartsWith('|'))
            .Select(static line => line.Trim('|').Split('|', StringSplitOptions.TrimEntries)).ToList();
        var row = rows.First(cells => cells[0] == $"`{setting}`");
        foreach (var name in s_columns)
        {
            var (client, cluster) = Options(("Clients:orders:Preset", name), ("Clusters:orders:Preset", name.ToLowerInvariant()));
            var inForce = setting switch
            {
                "Retry:MaxAttempts" => $"{client.Retry.MaxAttempts}",
                "Retry:BaseDelay" => Durations.Format(client.Retry.BaseDelay),
                "Retry:MaxDelay" => Durations.Format(client.Retry.MaxDelay),
                "Timeouts:Attempt" => Durations.Format(client.Timeouts.Attempt),
                "RetryBudget:Ratio" => FormattableString.Invariant($"{cluster.RetryBudget.Ratio}"),
                "RetryBudget:MinTokens" => $"{cluster.RetryBudget.MinTokens}",
                _ => InForce(cluster, setting),
            };
            Assert.Equal(row[Array.IndexOf(rows[0], $"`{name}`")], inForce);
        }
    }

    [Fact]
    public void Standard_is_what_holds_without_one()
    {
        var (client, cluster) = Options();

        Assert.Equal((Preset.Standard, Preset.Standard), (client.Preset, cluster.Preset));
        Assert.Equal(PresetNumbers.Of(Preset.Standard), client.Retry.Preset);
        Assert.Equal((3, 0.2), (client.Retry.MaxAttempts, cluster.RetryBudget.Ratio));
    }

    [Fact]
    public void What_is_set_itself_goes_before_the_preset_wherever_either_is_set()
    {
        // In the configuration keys come in alphabetical order: RetryBudget after Preset, and in code anything goes.
        var (client, cluster) = Options(
            o => o.Preset = Preset.Aggressive,
            o => o.Preset = Preset.Minimal,
            ("Clients:orders:Retry:MaxAttempts", "7"), ("Clients:orders:Preset", "Minimal"), ("Clients:orders:Timeouts:Attempt", "2s"),
            ("Clusters:orders:RetryBudget:Ratio", "0.3"));

        Assert.Equal((7, TimeSpan.FromMilliseconds(10), TimeSpan.FromSeconds(2)), (client.Retry.MaxAttempts, client.Retry.BaseDelay, client.Timeouts.Attempt));
        Assert.Equal((0.3, 5), (cluster.RetryBudget.Ratio, cluster.RetryBudget.MinTokens));
    }

    [Fact]
    public void Standard_in_code_takes_another_one_back()
    {
        var (client, _) = Options(o => o.Preset = Preset.Standard, null, ("Clients:orders:Preset", "Aggressive"));

        Assert.Equal((3, TimeSpan.FromSeconds(10)), (client.Retry.MaxAttempts, client.Timeouts.Attempt));
    }

    [Fact]
    public void Unknown_one_is_refused_with_the_names_that_exist()
    {
        var error = Assert.Throws<OptionsValidationException>(() => Options(("Clients:orders:Preset", "Bold")));

        Assert.Contains("ClientLb:Clients:orders:Preset", error.Message, StringComparison.Ordinal);
        Assert.Contains("one of Standard, Minimal, Aggressive", error.Message, StringComparison.Ordinal);
        Assert.Throws<OptionsValidationException>(() => Options(o => o.Preset = (Preset)9, null));
    }

    [Fact]
    public void Attempts_of_every_preset_fit_into_the_call()
    {
        foreach (var preset in Enum.GetValues<Preset>())
        {
            var options = new LoadBalancedClientOptions { Preset = preset };
            Assert.True(options.Timeouts.Attempt * options.Retry.MaxAttempts <= options.Timeouts.Call);
        }
    }

    private static string InForce(object options, string setting) =>
        setting.Split(':').Aggregate(options, static (part, name) => part.GetType().GetProperty(name)!.GetValue(part)!) switch
        {
            TimeSpan time => Durations.Format(time),
            bool flag => flag ? "true" : "false",
            var number => FormattableString.Invariant($"{number}"),
        };

    private static (LoadBalancedClientOptions Client, ClusterOptions Cluster) Options(params (string Key, string Value)[] settings) => Options(null, null, settings);

    private static (LoadBalancedClientOptions Client, ClusterOptions Cluster) Options(
        Action<LoadBalancedClientOptions>? client, Action<ClusterOptions>? cluster, params (string Key, string Value)[] settings)
    {
        var services = new ServiceCollection();
        services.AddSingleton<IConfiguration>(new ConfigurationBuilder()
            .AddInMemoryCollection(settings.Select(static setting => KeyValuePair.Create("ClientLb:" + setting.Key, (string?)setting.Value))).Build());
        services.AddLoadBalancedHttpClient("orders", client);
        services.AddClientLb().AddCluster("orders", cluster);
        using var provider = services.BuildServiceProvider();
        return (
            provider.GetRequiredService<IOptionsFactory<LoadBalancedClientOptions>>().Create("orders"),
            provider.GetRequiredService<IOptionsFactory<ClusterOptions>>().Create("orders"));
    }
}
