using System.Collections.Concurrent;
using System.Diagnostics;
using Microsoft.Extensions.Logging;

namespace ClientLb.IntegrationTests.Infrastructure;

/// <summary>What the library has logged, for the message of a test that fails.</summary>
internal sealed class LogBook : ILoggerProvider, ILogger
{
    private readonly ConcurrentQueue<string> _lines = new();
    private readonly Stopwatch _clock = Stopwatch.StartNew();

    public IReadOnlyCollection<string> Lines => _lines;

    public ILogger CreateLogger(string categoryName) => this;

    public IDisposable? BeginScope<TState>(TState state) where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => logLevel >= LogLevel.Information;

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        if (IsEnabled(logLevel))
        {
            _lines.Enqueue($"{_clock.Elapsed.TotalSeconds:0.000} {logLevel} {eventId.Id} {formatter(state, exception)} {exception?.Message}");
        }
    }

    public override string ToString() => string.Join('\n', _lines.TakeLast(40));

    public void Dispose()
    {
    }
}
