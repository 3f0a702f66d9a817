using Microsoft.Extensions.Options;
using Microsoft.Extensions.Primitives;

namespace ClientLb.Settings;

/// <summary>
/// Options that may change while the process runs. A bad reload is reported and the last good value stays in force.
/// </summary>
/// <remarks>
/// <c>IOptionsMonitor.CurrentValue</c> is not used: after a reload that does not validate it throws from then on, in whichever thread
/// reads it, and its change event is not raised.
/// </remarks>
/// <typeparam name="T">The options class.</typeparam>
public sealed class ReloadableOptions<T> : IDisposable where T : class
{
    private readonly string _name;
    private readonly IOptionsFactory<T> _factory;
    private readonly Action<Exception> _refused;
    private readonly List<IDisposable> _registrations = [];
    private readonly Lock _gate = new();
    private volatile T _current;
    private bool _isMissed;

    /// <summary>Reads the options and follows their changes.</summary>
    /// <param name="name">The name of the options.</param>
    /// <param name="factory">Makes them.</param>
    /// <param name="changes">Where changes are announced.</param>
    /// <param name="refused">Is told of a reload that was not valid.</param>
    /// <exception cref="OptionsValidationException">The first value is not valid.</exception>
    public ReloadableOptions(string name, IOptionsFactory<T> factory, IEnumerable<IOptionsChangeTokenSource<T>> changes, Action<Exception> refused)
    {
        ArgumentNullException.ThrowIfNull(factory);
        ArgumentNullException.ThrowIfNull(changes);
        _name = name;
        _factory = factory;
        _refused = refused;
        _current = null!;
        try
        {
            lock (_gate)
            {
                // Followed first and read then: a change in between waits for the lock, or is made by the reading itself.
                foreach (var source in changes)
                {
                    if (source.Name is null || source.Name == name)
                    {
                        _registrations.Add(ChangeToken.OnChange(source.GetChangeToken, Reload));
                    }
                }

                T first;
                do
                {
                    _isMissed = false;
                    first = factory.Create(name);
                }
                while (_isMissed);
                _current = first;
            }
        }
        catch
        {
            // Outside the lock: this waits for a callback that may be waiting for it.
            Dispose();
            throw;
        }
    }

    /// <summary>Is raised with the new value after a good reload.</summary>
    public event Action<T>? Changed;

    /// <summary>The value in force.</summary>
    public T Current => _current;

    /// <inheritdoc />
    public void Dispose() => _registrations.ForEach(static registration => registration.Dispose());

    // In the thread of the configuration's provider, which must not hear of anything that goes wrong here.
    private void Reload()
    {
        try
        {
            // One at a time: the value of an earlier reload must not come after that of a later one.
            lock (_gate)
            {
                if (_current is null)
                {
                    _isMissed = true;
                    return;
                }

                _current = _factory.Create(_name);
                Changed?.Invoke(_current);
            }
        }
#pragma warning disable CA1031 // Whatever a user's configuration code throws must not reach the configuration provider's thread.
        catch (Exception e)
#pragma warning restore CA1031
        {
            _refused(e);
        }
    }
}
