using ClientLb.Settings;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Options;

namespace ClientLb.Consul;

/// <summary>Binds the section, fills the rest from the environment and checks everything, the overrides of the clusters included.</summary>
internal sealed class ConsulOptionsSetup(IConfiguration configuration)
    : IConfigureOptions<ConsulOptions>, IPostConfigureOptions<ConsulOptions>, IValidateOptions<ConsulOptions>
{
    private IConfigurationSection Section => configuration.GetSection(ConsulOptions.SectionName);

    public void Configure(ConsulOptions options) => ConsulOptions.Schema.Bind(Section, options, new());

    public void PostConfigure(string? name, ConsulOptions options) => ConsulEnvironment.Apply(options, Environment.GetEnvironmentVariable);

    public ValidateOptionsResult Validate(string? name, ConsulOptions options)
    {
        var errors = new SettingErrors();

        // A value that does not fit was left out by Configure: bound once more to hear of it.
        ConsulOptions.Schema.Bind(Section, new(), errors);
        ConsulOptions.Schema.Validate(ConsulOptions.SectionName, options, errors);
        foreach (var cluster in configuration.GetSection(ConsulClusterOptions.ClustersSection).GetChildren())
        {
            ConsulClusterOptions.Read(configuration, cluster.Key, errors);
        }

        return errors.IsEmpty ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(errors.Messages);
    }
}
