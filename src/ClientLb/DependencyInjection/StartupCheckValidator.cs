using ClientLb.Balancing;
using ClientLb.Clusters;
using ClientLb.Discovery;
using ClientLb.Http;
using ClientLb.Settings;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace ClientLb.DependencyInjection;

/// <summary>
/// Finds every mistake in the section <c>ClientLb</c> at the start that no other validation finds: those of clusters and clients that code does
/// not name. The options of named ones are validated by name.
/// </summary>
internal sealed class StartupCheckValidator(
    IServiceProvider provider, LoadBalancingPolicies policies, SourceNameValidator sources, ClusterNames names, IOptions<OwnedClients> clients) : IValidateOptions<StartupCheck>
{
    private static readonly string[] s_sections = ["Clusters", "Clients", "Consul", "Server", "ServiceDiscovery", "WarmStart"];

    public ValidateOptionsResult Validate(string? name, StartupCheck options)
    {
        if (provider.GetService<IConfiguration>() is not { } configuration)
        {
            return ValidateOptionsResult.Success;
        }

        var errors = new SettingErrors();
        foreach (var child in configuration.GetSection("ClientLb").GetChildren())
        {
            if (!s_sections.Contains(child.Key, StringComparer.OrdinalIgnoreCase))
            {
                var near = NearName.Find(child.Key, s_sections);
                errors.Add(child.Path, child.Value, near is null ? "no such section; known are " + string.Join(", ", s_sections) : $"no such section; did you mean {near}?");
            }
        }

        foreach (var section in Others(configuration, ClusterOptions.Section, names.Names))
        {
            var cluster = new ClusterOptions();
            ClusterOptions.Schema.Bind(section, cluster, errors);
            ClusterOptions.Schema.Validate(section.Path, cluster, errors);
            sources.Check(section.Path, cluster, errors);
            if (!policies.TryGet(cluster.Policy, out _, out var error))
            {
                errors.Add($"{section.Path}:{nameof(ClusterOptions.Policy)} = '{cluster.Policy}': {error}");
            }
        }

        foreach (var section in Others(configuration, LoadBalancedClientOptions.Section, clients.Value.Balanced))
        {
            var client = new LoadBalancedClientOptions();
            LoadBalancedClientOptions.Schema.Bind(section, client, errors);
            LoadBalancedClientOptions.Schema.Validate(section.Path, client, errors);
        }

        ConfigurationEndpointSource.Validate(configuration, errors);
        return errors.IsEmpty ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(errors.Messages);
    }

    private static IEnumerable<IConfigurationSection> Others(IConfiguration configuration, string section, IEnumerable<string> named) =>
        configuration.GetSection(section).GetChildren().Where(child => !named.Contains(child.Key, StringComparer.OrdinalIgnoreCase));
}
