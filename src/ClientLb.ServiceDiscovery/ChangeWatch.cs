using Microsoft.Extensions.Primitives;

namespace ClientLb.ServiceDiscovery;

/// <summary>
/// The change tokens of one refresh. What changes from the moment in which a token is added on is seen: during the refresh too, and by a token that fires before it is
/// listened to. Disposing it leaves no registration behind.
/// </summary>
internal sealed class ChangeWatch : IDisposable
{
    private readonly Lock _gate = new();
    private readonly TaskCompletionSource _changed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly List<IDisposable> _registrations = [];
    private bool _isDisposed;

    /// <summary>Ends with the first change.</summary>
    public Task Changed => _changed.Task;

    /// <summary>Listens to a token. One without callbacks says something when it is asked again, with the next refresh.</summary>
    public void Add(IChangeToken token)
    {
        ArgumentNullException.ThrowIfNull(token);

        // Outside the lock: a token that has changed calls back at once, and a token is somebody else's code.
        var registration = token.ActiveChangeCallbacks
            ? token.RegisterChangeCallback(static state => ((TaskCompletionSource)state!).TrySetResult(), _changed)
            : null;

        // After the registration: a token need not call back for what was before it.
        if (token.HasChanged)
        {
            _changed.TrySetResult();
        }

        lock (_gate)
        {
            if (!_isDisposed)
            {
                if (registration is not null)
                {
                    _registrations.Add(registration);
                }

                return;
            }
        }

        // Added by a provider whose time was up.
        registration?.Dispose();
    }

    public void Dispose()
    {
        lock (_gate)
        {
            _isDisposed = true;
        }

        // Nothing is added from here on.
        _registrations.ForEach(static registration => registration.Dispose());
    }
}
