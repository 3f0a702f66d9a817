using System.Diagnostics.Metrics;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace ClientLb.Consul.Registration;

/// <summary>
/// Registers when the server listens and deregisters before it stops. All registrations are stopped at once, because they share the host's time.
/// </summary>
internal sealed class ConsulRegistrations(
    IServiceProvider provider, ConsulRegistrationNames names, IOptionsMonitor<ConsulRegistrationOptions> options, ILogger<ConsulRegistrations> logger)
    : IHostedLifecycleService, IDisposable
{
    // Made with the service, before the first request comes.
    private readonly ActiveRequests _requests = new(provider.GetService<IMeterFactory>());
    private readonly List<ConsulRegistration> _registrations = [];

    public Task StartingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <summary>The server listens by now. Nothing here waits for Consul.</summary>
    public Task StartedAsync(CancellationToken cancellationToken)
    {
        foreach (var name in names.Names)
        {
            if (options.Get(name) is { Enabled: true } given && Place(name, given) is { } place)
            {
                // Asked for here only: made with this service, before the options are validated, it would hide all mistakes but its own.
                var runtime = provider.GetRequiredService<ConsulRuntime>();
                var registration = new ConsulRegistration(given, place, runtime, given.InFlight ?? (() => _requests.Count), logger);
                _registrations.Add(registration);
                registration.Start();
            }
        }

        return Task.CompletedTask;
    }

    /// <summary>The server still answers: it is stopped after this.</summary>
    public Task StoppingAsync(CancellationToken cancellationToken) =>
        Task.WhenAll(_registrations.Select(registration => registration.StopAsync(cancellationToken)));

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public void Dispose()
    {
        _registrations.ForEach(static registration => registration.Dispose());
        _requests.Dispose();
    }

    private RegistrationPlace? Place(string name, ConsulRegistrationOptions given)
    {
        var section = ConsulRegistrationOptions.Section(name);
        var service = given.Name ?? RegistrationNames.From(provider.GetService<IHostEnvironment>()?.ApplicationName ?? "");
        if (service.Length == 0)
        {
            ConsulRegistrationLog.Incomplete(logger, "This process", "the application has no name", section + ":Name");
            return null;
        }

        var addresses = ServerAddresses.Of(provider);
        var binding = ServerBinding.Choose(addresses, given.Scheme);
        if (binding is null && addresses.Count > 0 && given.Scheme is not null && given.Port is null)
        {
            ConsulRegistrationLog.Incomplete(
                logger, service, $"the server listens on {string.Join(", ", addresses)}, which is not {given.Scheme}", section + ":Scheme or Port");
            return null;
        }

        if ((given.Port ?? binding?.Port) is not { } port)
        {
            ConsulRegistrationLog.Incomplete(logger, service, "there is no ASP.NET Core server that says on which port it listens", section + ":Port");
            return null;
        }

        return new(service, Environment.MachineName, binding, port);
    }
}
