using System.Runtime.CompilerServices;
using ClientLb.Endpoints;
using ClientLb.Settings;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace ClientLb.Discovery;

/// <summary>Reads a list now and after each change of the configuration. A bad reload changes nothing.</summary>
internal sealed class ConfigurationWatch(
    IConfiguration configuration, string section, Func<SettingErrors, IReadOnlyList<EndpointDescriptor>> read, MonotonicClock clock, ILogger logger)
{
    private EndpointUpdate? _last;

    public async IAsyncEnumerable<EndpointUpdate> RunAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        while (true)
        {
            cancellationToken.ThrowIfCancellationRequested();

            // Registered before the read: a change that comes in between is seen in the next round.
            var changed = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            using var registration = configuration.GetReloadToken().RegisterChangeCallback(
                static state => ((TaskCompletionSource)state!).TrySetResult(), changed);
            if (Next() is { } update)
            {
                _last = update;
                yield return update;
            }

            await changed.Task.WaitAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    private EndpointUpdate? Next()
    {
        var errors = new SettingErrors();
        var endpoints = read(errors);
        if (!errors.IsEmpty)
        {
            var exception = new OptionsValidationException(section, typeof(EndpointDescriptor), errors.Messages);
            if (_last is null)
            {
                throw exception;
            }

            DiscoveryLog.BadReload(logger, section, _last.Endpoints.Count, exception.Message);
            return _last with { Freshness = UpdateFreshness.Unchanged, Error = exception, Note = null };
        }

        if (_last is null)
        {
            return new(endpoints, clock.Now);
        }

        if (endpoints.SequenceEqual(_last.Endpoints))
        {
            // Said only to end an error: what has not changed is not worth a word.
            return _last.Error is null ? null : new(_last.Endpoints, clock.Now, UpdateFreshness.Unchanged);
        }

        DiscoveryLog.Reloaded(logger, section, endpoints.Count, _last.Endpoints.Count);
        return new(endpoints, clock.Now)
        {
            Note = endpoints.Count > 0 ? null : $"The configuration of {section} lists no enabled endpoint any more.",
        };
    }
}
