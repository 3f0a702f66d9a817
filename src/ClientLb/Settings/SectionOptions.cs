using System.Runtime.CompilerServices;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Options;
using Microsoft.Extensions.Primitives;

namespace ClientLb.Settings;

/// <summary>
/// Joins an options class to its section of the configuration: binds by schema, keeps every mistake until validation, announces
/// reloads.
/// </summary>
/// <typeparam name="T">The options class.</typeparam>
/// <param name="configuration">The configuration; <see langword="null"/> where the container has none.</param>
/// <param name="schema">What may be set.</param>
/// <param name="path">The path of the section for options of a given name.</param>
public sealed class SectionOptions<T>(IConfiguration? configuration, SettingsSchema<T> schema, Func<string, string> path)
    : IConfigureNamedOptions<T>, IValidateOptions<T>, IOptionsChangeTokenSource<T> where T : class
{
    private readonly ConditionalWeakTable<T, SettingErrors> _bindErrors = [];

    /// <summary>Changes concern the options of every name.</summary>
    public string? Name => null;

    /// <inheritdoc />
    public void Configure(T options) => Configure(Options.DefaultName, options);

    /// <inheritdoc />
    public void Configure(string? name, T options)
    {
        if (configuration is not null)
        {
            var errors = new SettingErrors();
            schema.Bind(configuration.GetSection(path(name ?? Options.DefaultName)), options, errors);
            _bindErrors.AddOrUpdate(options, errors);
        }
    }

    /// <inheritdoc />
    public ValidateOptionsResult Validate(string? name, T options)
    {
        var errors = new SettingErrors();
        if (_bindErrors.TryGetValue(options, out var bindErrors))
        {
            foreach (var message in bindErrors.Messages)
            {
                errors.Add(message);
            }
        }

        schema.Validate(path(name ?? Options.DefaultName), options, errors);
        return errors.IsEmpty ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(errors.Messages);
    }

    /// <inheritdoc />
    public IChangeToken GetChangeToken() => configuration?.GetReloadToken() ?? new CancellationChangeToken(CancellationToken.None);
}
