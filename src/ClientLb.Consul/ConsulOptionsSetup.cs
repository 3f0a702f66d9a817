using ClientLb.Consul.Registration;
using ClientLb.Settings;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Options;

namespace ClientLb.Consul;

/// <summary>Fills what neither code nor configuration has set, and checks the overrides of the clusters and the registrations that code does not name.</summary>
internal sealed class ConsulOptionsSetup(IConfiguration? configuration, ConsulRegistrationNames? registrations)
    : IPostConfigureOptions<ConsulOptions>, IValidateOptions<ConsulOptions>
{
    public void PostConfigure(string? name, ConsulOptions options) => ConsulEnvironment.Apply(options, Environment.GetEnvironmentVariable);

    public ValidateOptionsResult Validate(string? name, ConsulOptions options)
    {
        var errors = new SettingErrors();
        foreach (var cluster in configuration?.GetSection(ConsulClusterOptions.ClustersSection).GetChildren() ?? [])
        {
            ConsulClusterOptions.Read(configuration!, cluster.Key, errors);
        }

        CheckRegistration("", ConsulRegistrationOptions.SectionName, errors);
        foreach (var registration in configuration?.GetSection(ConsulRegistrationOptions.NamedSection).GetChildren() ?? [])
        {
            CheckRegistration(registration.Key, registration.Path, errors);
        }

        return errors.IsEmpty ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(errors.Messages);
    }

    // The options of named ones are validated by name.
    private void CheckRegistration(string name, string path, SettingErrors errors)
    {
        if (configuration is not null && registrations?.Contains(name) != true)
        {
            var options = new ConsulRegistrationOptions();
            ConsulRegistrationOptions.Schema.Bind(configuration.GetSection(path), options, errors);
            ConsulRegistrationOptions.Schema.Validate(path, options, errors);
        }
    }
}
