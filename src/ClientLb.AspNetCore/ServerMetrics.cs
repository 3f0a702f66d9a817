using System.Diagnostics.Metrics;
using ClientLb.AspNetCore.Concurrency;
using ClientLb.Telemetry;

namespace ClientLb.AspNetCore;

/// <summary>The instruments of the meter "ClientLb.AspNetCore".</summary>
internal sealed class ServerMetrics : IDisposable
{
    private static readonly KeyValuePair<string, object?> CallerGone = new(ClientLbTelemetry.ReasonTag, "caller_gone");
    private static readonly KeyValuePair<string, object?> DeadlinePassed = new(ClientLbTelemetry.ReasonTag, "deadline_passed");

    private readonly Meter _meter;
    private readonly Counter<long> _dropped;
    private readonly Counter<long> _refused;
    private readonly Counter<long> _exceeded;
    private readonly Counter<long> _unreadable;

    public ServerMetrics(IMeterFactory? factory)
    {
        _meter = factory?.Create(ClientLbServerTelemetry.MeterName) ?? new Meter(ClientLbServerTelemetry.MeterName);
        _dropped = _meter.CreateCounter<long>("clientlb.server.requests.dropped", "{request}", "Requests ended before work started, because nobody waits for them.");
        _refused = _meter.CreateCounter<long>("clientlb.server.requests.refused", "{request}", "Requests refused because the server is at its limit.");
        _exceeded = _meter.CreateCounter<long>("clientlb.server.deadlines.exceeded", "{request}", "Requests whose deadline passed while they were served.");
        _unreadable = _meter.CreateCounter<long>("clientlb.server.deadlines.unreadable", "{header}", "Deadlines in requests that can't be read.");
    }

    public void Dropped(bool isDeadline) => _dropped.Add(1, isDeadline ? DeadlinePassed : CallerGone);

    public void Refused() => _refused.Add(1);

    public void DeadlineExceeded() => _exceeded.Add(1);

    public void DeadlineUnreadable() => _unreadable.Add(1);

    /// <summary>Adds what is read only when somebody looks.</summary>
    public void Observe(RequestGate gate)
    {
        _meter.CreateObservableUpDownCounter("clientlb.server.requests.queued", () => (long)gate.Queued, "{request}", "Requests that wait for a place.");
        _meter.CreateObservableUpDownCounter("clientlb.server.requests.in_flight", () => (long)gate.InFlight, "{request}", "Requests that run or wait.");
    }

    public void Dispose() => _meter.Dispose();
}
