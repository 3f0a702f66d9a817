using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using ClientLb.Endpoints;
using ClientLb.Telemetry;

namespace ClientLb.Samples.Failover.Observation;

/// <summary>Listens to the library's meter, as OpenTelemetry would.</summary>
internal sealed class AttemptMeter : IDisposable
{
    private readonly MeterListener _listener = new();
    private readonly ConcurrentQueue<AttemptRecord> _attempts = new();
    private long _retries;

    public AttemptMeter()
    {
        _listener.InstrumentPublished = static (instrument, listener) =>
        {
            if (instrument.Meter.Name == ClientLbTelemetry.MeterName && instrument.Name is "clientlb.attempt.duration" or "clientlb.retries")
            {
                listener.EnableMeasurementEvents(instrument);
            }
        };
        _listener.SetMeasurementEventCallback<double>((_, seconds, tags, _) => Attempt(seconds, tags));
        _listener.SetMeasurementEventCallback<long>((_, count, _, _) => Interlocked.Add(ref _retries, count));
        _listener.Start();
    }

    /// <summary>The attempts that have ended.</summary>
    public IReadOnlyCollection<AttemptRecord> Attempts => _attempts;

    /// <summary>Second and further attempts.</summary>
    public long Retries => Interlocked.Read(ref _retries);

    /// <summary>The name of a backend behind an endpoint's id, which in Consul is <c>dc/node/service-id</c>.</summary>
    public static string NameOf(string endpointId) => endpointId[(endpointId.LastIndexOf('/') + 1)..];

    public void Dispose() => _listener.Dispose();

    private void Attempt(double seconds, ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        string endpoint = "?", outcome = "?";
        foreach (var (key, value) in tags)
        {
            if (key == ClientLbTelemetry.EndpointTag)
            {
                endpoint = NameOf((string)value!);
            }
            else if (key == ClientLbTelemetry.OutcomeTag)
            {
                outcome = (string)value!;
            }
        }

        var duration = (long)(seconds * MonotonicClock.TicksPerSecond);
        _attempts.Enqueue(new(endpoint, MonotonicClock.System.Now - duration, duration, outcome));
    }
}
