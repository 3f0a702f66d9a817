using ClientLb.Balancing;
using ClientLb.Clusters;
using Microsoft.Extensions.Options;

namespace ClientLb.DependencyInjection;

/// <summary>A policy that does not exist is an error at the start, not at the first call.</summary>
internal sealed class PolicyNameValidator(LoadBalancingPolicies policies) : IValidateOptions<ClusterOptions>
{
    public ValidateOptionsResult Validate(string? name, ClusterOptions options) => policies.TryGet(options.Policy, out _, out var error)
        ? ValidateOptionsResult.Success
        : ValidateOptionsResult.Fail($"{ClusterOptions.Section}:{name}:{nameof(ClusterOptions.Policy)} = '{options.Policy}': {error}");
}
