using ClientLb.AspNetCore;
using ClientLb.Clusters;
using ClientLb.Consul;
using ClientLb.Consul.Registration;
using ClientLb.Discovery;
using ClientLb.Http;
using ClientLb.Settings;
using ClientLb.Tests.Architecture;

namespace ClientLb.Tests.Settings;

public sealed class ConfigurationDocsTests
{
    [Fact]
    public void Configuration_page_names_every_setting()
    {
        var page = File.ReadAllText(Path.Combine(Repository.Root, "docs", "configuration.md"));

        var missing = KeysOf(ClusterOptions.Schema).Concat(KeysOf(LoadBalancedClientOptions.Schema)).Concat(KeysOf(ConsulOptions.Schema))
            .Concat(KeysOf(ConsulClusterOptions.Schema)).Concat(KeysOf(WarmStartOptions.Schema)).Concat(KeysOf(ConsulRegistrationOptions.Schema))
            .Concat(KeysOf(ClientLbServerOptions.Schema))
            .Where(key => !page.Contains($"`{key}`", StringComparison.Ordinal) && !page.Contains($":{key}`", StringComparison.Ordinal)).ToList();

        Assert.Empty(missing);
    }

    private static IEnumerable<string> KeysOf<T>(SettingsSchema<T> schema) where T : class =>
        schema.Settings.SelectMany(static setting => setting.Part is null ? [setting.Key] : PartKeys(setting.Part));

    private static IEnumerable<string> PartKeys(object part) =>
        ((IEnumerable<object>)part.GetType().GetProperty("Settings")!.GetValue(part)!)
            .SelectMany(static setting => setting.GetType().GetProperty("Part")!.GetValue(setting) is { } inner
                ? PartKeys(inner)
                : [(string)setting.GetType().GetProperty("Key")!.GetValue(setting)!]);
}
