using System.Collections.Concurrent;
using ClientLb.Endpoints;
using Microsoft.Extensions.Logging;

namespace ClientLb.Samples.Failover.Observation;

/// <summary>Keeps what the library logs, beside what the sample does.</summary>
internal sealed class Journal : ILoggerProvider, ILogger
{
    /// <summary>The library's message "endpoint ejected".</summary>
    public const int Ejected = 200;

    /// <summary>The library's message "endpoint on probation".</summary>
    public const int OnProbation = 201;

    /// <summary>The library's message "endpoint healthy again".</summary>
    public const int HealthyAgain = 202;

    private readonly ConcurrentQueue<JournalEntry> _entries = new();

    /// <summary>Everything so far.</summary>
    public IReadOnlyCollection<JournalEntry> Entries => _entries;

    /// <summary>The sample does something.</summary>
    public void Note(string what) => _entries.Enqueue(new(MonotonicClock.System.Now, what, 0, null));

    ILogger ILoggerProvider.CreateLogger(string categoryName) => this;

    bool ILogger.IsEnabled(LogLevel logLevel) => logLevel >= LogLevel.Information;

    IDisposable? ILogger.BeginScope<TState>(TState state) => null;

    void ILogger.Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        string? endpoint = null;
        if (state is IReadOnlyList<KeyValuePair<string, object?>> values && values.FirstOrDefault(static v => v.Key == "Endpoint").Value is string name)
        {
            // "dc1/node/orders-2 (127.0.0.1:1234)"
            endpoint = AttemptMeter.NameOf(name.Split(' ')[0]);
        }

        _entries.Enqueue(new(MonotonicClock.System.Now, formatter(state, exception), eventId.Id, endpoint));
    }

    public void Dispose()
    {
        // A logger provider must have it; there is nothing to give back.
    }
}
