using ClientLb.Settings;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Options;

namespace ClientLb.Consul;

/// <summary>Fills what neither code nor configuration has set, and checks the overrides of the clusters.</summary>
internal sealed class ConsulOptionsSetup(IConfiguration? configuration) : IPostConfigureOptions<ConsulOptions>, IValidateOptions<ConsulOptions>
{
    public void PostConfigure(string? name, ConsulOptions options) => ConsulEnvironment.Apply(options, Environment.GetEnvironmentVariable);

    public ValidateOptionsResult Validate(string? name, ConsulOptions options)
    {
        var errors = new SettingErrors();
        foreach (var cluster in configuration?.GetSection(ConsulClusterOptions.ClustersSection).GetChildren() ?? [])
        {
            ConsulClusterOptions.Read(configuration!, cluster.Key, errors);
        }

        return errors.IsEmpty ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(errors.Messages);
    }
}
