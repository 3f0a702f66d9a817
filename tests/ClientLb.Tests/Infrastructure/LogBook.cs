using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;

namespace ClientLb.Tests.Infrastructure;

/// <summary>Keeps what was logged.</summary>
internal sealed class LogBook : ILogger, ILoggerProvider, ILoggerFactory
{
    private readonly ConcurrentQueue<(LogLevel Level, int Id, string Text)> _lines = new();

    public IReadOnlyCollection<(LogLevel Level, int Id, string Text)> Lines => _lines;

    public int Count(int id) => _lines.Count(line => line.Id == id);

    public string TextOf(int id) => _lines.First(line => line.Id == id).Text;

    public IDisposable? BeginScope<TState>(TState state) where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => true;

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
        _lines.Enqueue((logLevel, eventId.Id, formatter(state, exception)));

    public ILogger CreateLogger(string categoryName) => this;

    public void AddProvider(ILoggerProvider provider)
    {
    }

    public void Dispose()
    {
    }
}
