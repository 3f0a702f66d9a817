using ClientLb.Settings;

namespace ClientLb.ServiceDiscovery.Tests;

public class ServiceDiscoverySourceOptionsTests
{
    [Fact]
    public void Configuration_page_names_every_setting()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(folder.FullName, "ClientLb.sln")))
        {
            folder = folder.Parent!;
        }

        var page = File.ReadAllText(Path.Combine(folder.FullName, "docs", "configuration.md"));

        Assert.Contains($"`{ServiceDiscoverySourceOptions.SectionName}`", page, StringComparison.Ordinal);
        Assert.All(
            ServiceDiscoverySourceOptions.Schema.Settings.Select(static setting => setting.Key),
            key => Assert.Contains($"`{key}`", page, StringComparison.Ordinal));
    }

    [Fact]
    public void Defaults_are_valid()
    {
        var errors = new SettingErrors();

        ServiceDiscoverySourceOptions.Schema.Validate(ServiceDiscoverySourceOptions.SectionName, new(), errors);

        Assert.True(errors.IsEmpty);
    }
}
