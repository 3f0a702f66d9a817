using Microsoft.Extensions.Logging;

namespace ClientLb.AspNetCore.Reports;

/// <summary>
/// Looks once a second at what the server does and writes the report that answers carry until the next look. All figures are means that forget
/// alike, with a time constant of 5 s: the weights that clients make are a quotient of them, and one second alone is noise where requests are few.
/// </summary>
internal sealed class LoadSampler : IDisposable
{
    private static readonly TimeSpan Period = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan Memory = TimeSpan.FromSeconds(5);

    private readonly ClientLbServerOptions _options;
    private readonly TimeProvider _time;
    private readonly Func<TimeSpan> _processorTime;
    private readonly ILogger _logger;
    private readonly ITimer _timer;
    private readonly Lock _gate = new();
    private readonly HashSet<string> _broken = new(StringComparer.Ordinal);

    private long _requests;
    private long _errors;
    private long _lastStamp;
    private TimeSpan _lastProcessorTime;
    private long _lastRequests;
    private long _lastErrors;
    private OrcaFigures? _figures;
    private volatile LoadReportTexts? _current;

    public LoadSampler(ClientLbServerOptions options, TimeProvider time, Func<TimeSpan> processorTime, ILogger logger)
    {
        _options = options;
        _time = time;
        _processorTime = processorTime;
        _logger = logger;
        _lastStamp = time.GetTimestamp();
        _lastProcessorTime = processorTime();

        // Whoever sends the first request must not be seen in what the timer does for ever after.
        using (ExecutionContext.SuppressFlow())
        {
            _timer = time.CreateTimer(static state => ((LoadSampler)state!).Sample(), this, Period, Period);
        }
    }

    /// <summary>The last report; <see langword="null"/> before the first.</summary>
    public LoadReportTexts? Current => _current;

    /// <summary>Counts a request that has ended.</summary>
    public void Count(bool isError)
    {
        Interlocked.Increment(ref _requests);
        if (isError)
        {
            Interlocked.Increment(ref _errors);
        }
    }

    public void Dispose() => _timer.Dispose();

    private void Sample()
    {
        // Timers of a busy process may overtake each other; the one that comes too late has nothing to add.
        if (!_gate.TryEnter())
        {
            return;
        }

        try
        {
            Sample_NeedsLock();
        }
        finally
        {
            _gate.Exit();
        }
    }

    private void Sample_NeedsLock()
    {
        var now = _time.GetTimestamp();
        var seconds = _time.GetElapsedTime(_lastStamp, now).TotalSeconds;
        if (seconds <= 0)
        {
            return;
        }

        var (processorTime, requests, errors) = (_processorTime(), Interlocked.Read(ref _requests), Interlocked.Read(ref _errors));
        var last = _figures;
        var weight = last is null ? 1 : 1 - Math.Exp(-seconds / Memory.TotalSeconds);
        var figures = new OrcaFigures(
            Mean(last?.Cpu, (processorTime - _lastProcessorTime).TotalSeconds / (seconds * Environment.ProcessorCount), weight),
            _options.ApplicationUtilization is { } utilization ? Read("ApplicationUtilization", utilization) : null,
            Mean(last?.RequestsPerSecond, (requests - _lastRequests) / seconds, weight),
            Mean(last?.ErrorsPerSecond, (errors - _lastErrors) / seconds, weight),
            Metrics());
        (_lastStamp, _lastProcessorTime, _lastRequests, _lastErrors, _figures) = (now, processorTime, requests, errors, figures);
        _current = new(_options.LoadReport == LoadReportFormat.Json ? figures.ToJson() : figures.ToText(), figures.ToBinary());
    }

    private static double Mean(double? last, double value, double weight) =>
        last is { } before ? before + ((Math.Max(value, 0) - before) * weight) : Math.Max(value, 0);

    private List<KeyValuePair<string, double>> Metrics()
    {
        var metrics = new List<KeyValuePair<string, double>>(_options.Metrics.Count);
        foreach (var (name, read) in _options.Metrics)
        {
            if (Read(name, read) is { } value)
            {
                metrics.Add(new(name, value));
            }
        }

        return metrics;
    }

    /// <summary>One figure of the application's; <see langword="null"/> where it is none, said once until it is one again.</summary>
    private double? Read(string name, Func<double> read)
    {
        Exception? error = null;
        try
        {
            var value = read();
            if (OrcaFigures.IsFigure(value))
            {
                _broken.Remove(name);
                return value;
            }
        }
#pragma warning disable CA1031 // A user's function must not end the reports, nor the process: this is a timer's thread.
        catch (Exception e)
#pragma warning restore CA1031
        {
            error = e;
        }

        if (_broken.Add(name))
        {
            _logger.FigureLeftOut(error, name);
        }

        return null;
    }
}
