using ClientLb.Clusters;
using ClientLb.Discovery;
using ClientLb.Settings;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace ClientLb.DependencyInjection;

/// <summary>A source that nobody has registered is an error at the start, not a cluster without its fallback.</summary>
internal sealed class SourceNameValidator(IServiceProvider provider) : IValidateOptions<ClusterOptions>
{
    public ValidateOptionsResult Validate(string? name, ClusterOptions options)
    {
        var errors = new SettingErrors();
        Check($"{ClusterOptions.Section}:{name}", options, errors);
        return errors.IsEmpty ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(errors.Messages);
    }

    /// <summary>Adds a message for each name that no source has.</summary>
    public void Check(string path, ClusterOptions options, SettingErrors errors)
    {
        if (options.Sources.Count == 0 || Names() is not { } known)
        {
            return;
        }

        if (options.Source is { } own)
        {
            known.Add(own.Name);
        }

        foreach (var name in options.Sources)
        {
            if (name is not null && !known.Contains(name, StringComparer.OrdinalIgnoreCase))
            {
                var near = NearName.Find(name, known);
                errors.Add($"{path}:{nameof(ClusterOptions.Sources)}", name,
                    "the name of a registered source: " + string.Join(", ", known.Distinct(StringComparer.OrdinalIgnoreCase)) + (near is null ? "" : $"; did you mean {near}?"));
            }
        }
    }

    private List<string>? Names()
    {
        try
        {
            return [.. provider.GetServices<IEndpointSource>().Select(static source => source.Name)];
        }
        catch (OptionsValidationException)
        {
            // A source's own settings are wrong: its own validation says so, and there is no telling what it is called.
            return null;
        }
    }
}
