using ClientLb.Discovery;
using Microsoft.Extensions.Logging;

namespace ClientLb.Consul.Registration;

/// <summary>Registers one service and keeps it registered until it is stopped.</summary>
/// <remarks>
/// <code>
///   register == 200 ==> heartbeat, or a look where nothing needs one, each third of the time to live
///     ^   ^                  |      |
///     |   +==== not known ===+      +==== failed: pause, again
///     +==== failed: pause
///
///   stop: the loop ends -> maintenance -> settle -> nothing in flight, or time over -> deregister
/// </code>
/// </remarks>
internal sealed class ConsulRegistration : IDisposable
{
    private static readonly TimeSpan s_lookInterval = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan s_longestBeat = TimeSpan.FromSeconds(5);

    private readonly ConsulRegistrationOptions _options;
    private readonly RegistrationPlace _place;
    private readonly ConsulRuntime _runtime;
    private readonly RegistrationAgent _agent;
    private readonly RegistrationHealth _health;
    private readonly RegistrationDrain _drain;
    private readonly ConsulAttempts _attempts;
    private readonly ILogger _logger;
    private readonly CancellationTokenSource _stop = new();
    private RegistrationEntry _entry;
    private Task _loop = Task.CompletedTask;
    private string? _said;
    private bool _isRegistered;
    private bool _isSent;

    public ConsulRegistration(
        ConsulRegistrationOptions options, RegistrationPlace place, ConsulRuntime runtime, Func<int> inFlight, ILogger logger)
    {
        _options = options;
        _place = place;
        _runtime = runtime;
        _logger = logger;
        _agent = new(runtime);
        _health = new(options, runtime.Clock, logger);
        _drain = new(options, inFlight, runtime.Clock, logger);
        _attempts = new(runtime.Options, allowStale: false, agents: 1, runtime.Random);
        _entry = CreateEntry(options.Address ?? place.Binding?.Host ?? "", "passing");
        Interval = _entry.HeartbeatInterval < s_lookInterval ? _entry.HeartbeatInterval.Value : s_lookInterval;
    }

    /// <summary>How often the agent hears of it: a third of the time to live, at most 10 s.</summary>
    public TimeSpan Interval { get; }

    private TimeSpan BeatLimit => Interval < s_longestBeat ? Interval : s_longestBeat;

    /// <summary>Begins to register, in the background.</summary>
    public void Start()
    {
        var token = _stop.Token;
        using (ExecutionContext.SuppressFlow())
        {
            _loop = Task.Run(() => RunAsync(token));
        }
    }

    /// <summary>Tells the callers, waits for what is in flight, deregisters. An agent that is silent delays it by 2 s at most.</summary>
    /// <param name="cancellationToken">Ends the wait: the host's time to stop is over.</param>
    public async Task StopAsync(CancellationToken cancellationToken)
    {
        await _stop.CancelAsync().ConfigureAwait(false);
        await _loop.WaitAsync(cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (!_isSent)
        {
            return;
        }

        if (_isRegistered && !cancellationToken.IsCancellationRequested && await AnnounceAsync().ConfigureAwait(false))
        {
            using var end = new CancellationTokenSource();
            var beating = BeatOnAsync(end.Token);
            try
            {
                await _drain.WaitAsync(_entry.Id, cancellationToken).ConfigureAwait(false);
            }
#pragma warning disable CA1031 // The application counts its calls: what it throws must not keep the entry registered.
            catch (Exception e)
#pragma warning restore CA1031
            {
                ConsulRegistrationLog.Defect(_logger, e, _place.Name);
            }

            await end.CancelAsync().ConfigureAwait(false);
            await beating.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        await DeregisterAsync().ConfigureAwait(false);
    }

    public void Dispose()
    {
        _stop.Cancel();
        _stop.Dispose();
    }

    private async Task RunAsync(CancellationToken cancellationToken)
    {
        try
        {
            while (true)
            {
                var pause = await TurnAsync(cancellationToken).ConfigureAwait(false);
                await Task.Delay(pause, _runtime.TimeProvider, cancellationToken).ConfigureAwait(false);
            }
        }
        catch (Exception) when (cancellationToken.IsCancellationRequested)
        {
            // Stopped.
        }
    }

    /// <summary>Registers, or says that it is still there.</summary>
    /// <returns>How long to wait until the next turn.</returns>
    private async Task<TimeSpan> TurnAsync(CancellationToken cancellationToken)
    {
        try
        {
            _runtime.Renewing?.Look(isUrgent: _attempts.Failures > 0);
            var status = await _health.AskAsync(_entry.Id, Interval, cancellationToken).ConfigureAwait(false);
            var isNew = !_isRegistered;
            if (isNew)
            {
                await RegisterAsync(status, cancellationToken).ConfigureAwait(false);
            }

            if (!await IsKnownAsync(status, isNew, cancellationToken).ConfigureAwait(false))
            {
                _isRegistered = false;
                if (isNew)
                {
                    throw new DiscoveryException(
                        DiscoveryErrorKind.Invalid, $"Consul at {_agent.Uri.Authority} does not know the check that it has just taken.");
                }

                ConsulRegistrationLog.Lost(_logger, _entry.Id, _agent.Uri);
                return TimeSpan.Zero;
            }

            Recovered();
            return Interval;
        }
#pragma warning disable CA1031 // A defect here must not end the heartbeats of a server that is well.
        catch (Exception e) when (!cancellationToken.IsCancellationRequested)
#pragma warning restore CA1031
        {
            return Failed(e);
        }
    }

    private async Task RegisterAsync(WireStatus status, CancellationToken cancellationToken)
    {
        var address = _options.Address ?? _place.Binding?.Host
            ?? await RegistrationAddress.FindAsync(_agent.Uri, cancellationToken).ConfigureAwait(false);
        _entry = CreateEntry(address, status.Status);
        _isSent = true;
        await _agent.RegisterAsync(_entry.Document, cancellationToken).ConfigureAwait(false);
        _isRegistered = true;
        ConsulRegistrationLog.Registered(
            _logger, _entry.Document.Name, _entry.Id, address.Length > 0 ? address : "the node's address", _place.Port, _agent.Uri);
    }

    // A heartbeat at once, for Consul keeps the old status of a check that is registered again, and an agent that restarts does not
    // keep a status that was only registered.
    private async Task<bool> IsKnownAsync(WireStatus status, bool isNew, CancellationToken cancellationToken)
    {
        if (_entry.Heartbeats.Count == 0)
        {
            return isNew || await _agent.HasAsync(_entry.Id, BeatLimit, cancellationToken).ConfigureAwait(false);
        }

        foreach (var check in _entry.Heartbeats)
        {
            if (!await _agent.BeatAsync(check, status, BeatLimit, cancellationToken).ConfigureAwait(false))
            {
                return false;
            }
        }

        return true;
    }

    private void Recovered()
    {
        if (_said is not null)
        {
            ConsulRegistrationLog.Recovered(_logger, _place.Name, _attempts.Failures);
            _said = null;
        }

        _attempts.Succeeded();
    }

    private TimeSpan Failed(Exception error)
    {
        if (error is not DiscoveryException)
        {
            ConsulRegistrationLog.Defect(_logger, error, _place.Name);
        }
        else if (_said != error.Message)
        {
            // Once per cause, for it is tried again as long as it lasts.
            _said = error.Message;
            ConsulRegistrationLog.Failing(_logger, _place.Name, error.Message);
        }

        var pause = _attempts.Failed();
        return pause < Interval ? pause : Interval;
    }

    private async Task<bool> AnnounceAsync()
    {
        try
        {
            if (await _agent.DrainAsync(_entry.Id, CancellationToken.None).ConfigureAwait(false))
            {
                return true;
            }

            ConsulRegistrationLog.NotDrained(_logger, _entry.Id, "the agent has lost it");
        }
        catch (DiscoveryException e)
        {
            ConsulRegistrationLog.NotDrained(_logger, _entry.Id, e.Message);
        }

        return false;
    }

    // The drain may be longer than the time to live, and a check that turned critical would be one more reason to leave calls undone.
    private async Task BeatOnAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            await Task.Delay(Interval, _runtime.TimeProvider, cancellationToken).ConfigureAwait(false);
            try
            {
                var status = await _health.AskAsync(_entry.Id, Interval, cancellationToken).ConfigureAwait(false);
                await IsKnownAsync(status, isNew: true, cancellationToken).ConfigureAwait(false);
            }
            catch (DiscoveryException)
            {
                // The next one may get through; it ends soon anyway.
            }
        }
    }

    private async Task DeregisterAsync()
    {
        try
        {
            await _agent.DeregisterAsync(_entry.Id, CancellationToken.None).ConfigureAwait(false);
            ConsulRegistrationLog.Deregistered(_logger, _entry.Id, _agent.Uri);
        }
        catch (DiscoveryException e)
        {
            ConsulRegistrationLog.NotDeregistered(_logger, _entry.Id, e.Message);
        }
    }

    private RegistrationEntry CreateEntry(string address, string status) =>
        RegistrationEntry.Create(_options, _place.Name, _place.Machine, _place.Binding, _place.Port, address, status);
}
