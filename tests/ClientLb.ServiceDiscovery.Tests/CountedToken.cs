using Microsoft.Extensions.Primitives;

namespace ClientLb.ServiceDiscovery.Tests;

/// <summary>A change token that counts who is registered with it. It may be made to overlook its callbacks.</summary>
internal sealed class CountedToken : IChangeToken
{
    private readonly Lock _gate = new();
    private readonly List<Registration> _registrations = [];

    public bool HasChanged { get; private set; }

    public bool ActiveChangeCallbacks { get; init; } = true;

    public int Registrations
    {
        get
        {
            lock (_gate)
            {
                return _registrations.Count;
            }
        }
    }

    public IDisposable RegisterChangeCallback(Action<object?> callback, object? state)
    {
        var registration = new Registration(this, callback, state);
        lock (_gate)
        {
            _registrations.Add(registration);
        }

        return registration;
    }

    public void Fire()
    {
        Registration[] all;
        lock (_gate)
        {
            HasChanged = true;
            all = [.. _registrations];
        }

        Array.ForEach(all, static registration => registration.Call());
    }

    private sealed class Registration(CountedToken token, Action<object?> callback, object? state) : IDisposable
    {
        public void Call() => callback(state);

        public void Dispose()
        {
            lock (token._gate)
            {
                token._registrations.Remove(this);
            }
        }
    }
}
