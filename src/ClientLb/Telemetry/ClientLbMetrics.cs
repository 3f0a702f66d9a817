using System.Diagnostics;
using System.Diagnostics.Metrics;

namespace ClientLb.Telemetry;

/// <summary>The instruments of the meter "ClientLb". Nothing is computed for an instrument that nobody listens to.</summary>
internal sealed class ClientLbMetrics : IDisposable
{
    private readonly Meter _meter;
    private readonly Counter<long> _calls;
    private readonly Histogram<double> _attempts;
    private readonly Counter<long> _retries;
    private readonly Counter<long> _hedges;
    private readonly Counter<long> _ejections;
    private readonly Counter<long> _detections;
    private readonly Counter<long> _drains;
    private readonly Counter<long> _cutOff;
    private readonly Counter<long> _healthChecks;
    private readonly Counter<long> _discoveryUpdates;
    private readonly Counter<long> _discoveryErrors;
    private readonly Counter<long> _publications;
    private readonly Counter<long> _loadReportsRefused;
    private readonly Counter<long> _refusals;

    public ClientLbMetrics(IMeterFactory? factory)
    {
        _meter = factory?.Create(ClientLbTelemetry.MeterName) ?? new Meter(ClientLbTelemetry.MeterName);
        _calls = _meter.CreateCounter<long>("clientlb.calls", "{call}", "Calls, by how they ended.");
        _attempts = _meter.CreateHistogram("clientlb.attempt.duration", "s", "Attempts from sending to the answer's headers, by outcome.",
            advice: new InstrumentAdvice<double> { HistogramBucketBoundaries = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10] });
        _retries = _meter.CreateCounter<long>("clientlb.retries", "{attempt}", "Second and further attempts, by what made them necessary.");
        _hedges = _meter.CreateCounter<long>("clientlb.hedges", "{attempt}", "Attempts that were due because others took long, by what came of them.");
        _ejections = _meter.CreateCounter<long>("clientlb.ejections", "{ejection}", "Endpoints taken out, by evidence.");
        _detections = _meter.CreateCounter<long>("clientlb.outlier.detections", "{detection}", "What detectors found, by detector and by what came of it.");
        _drains = _meter.CreateCounter<long>("clientlb.drains", "{drain}", "Endpoints that have drained, by how that ended.");
        _cutOff = _meter.CreateCounter<long>("clientlb.drains.cut_off", "{attempt}", "Attempts and open bodies that were cut off at the end of a drain.");
        _healthChecks = _meter.CreateCounter<long>("clientlb.health_checks", "{check}", "Active checks, by what they found.");
        _discoveryUpdates = _meter.CreateCounter<long>("clientlb.discovery.updates", "{update}", "Updates from the source.");
        _discoveryErrors = _meter.CreateCounter<long>("clientlb.discovery.errors", "{error}", "Errors of the source. The last good list stays in force.");
        _publications = _meter.CreateCounter<long>("clientlb.snapshots", "{snapshot}", "Snapshots published.");
        _loadReportsRefused = _meter.CreateCounter<long>("clientlb.load_reports.refused", "{report}", "Reports of load in answers that can't be read.");
        _refusals = _meter.CreateCounter<long>("clientlb.refusals", "{refusal}", "Attempts that were not made because of a limit, by which one.");
    }

    /// <summary>True while somebody listens to calls.</summary>
    public bool CallsEnabled => _calls.Enabled;

    /// <summary>True while somebody listens to attempts.</summary>
    public bool AttemptsEnabled => _attempts.Enabled;

    public void Call(string cluster, string result) =>
        _calls.Add(1, new KeyValuePair<string, object?>(ClientLbTelemetry.ClusterTag, cluster), new(ClientLbTelemetry.ReasonTag, result));

    public void Attempt(string cluster, string endpoint, string outcome, double seconds)
    {
        var tags = new TagList
        {
            { ClientLbTelemetry.ClusterTag, cluster },
            { ClientLbTelemetry.EndpointTag, endpoint },
            { ClientLbTelemetry.OutcomeTag, outcome },
        };
        _attempts.Record(seconds, tags);
    }

    public void Retry(string cluster, string reason) =>
        _retries.Add(1, new KeyValuePair<string, object?>(ClientLbTelemetry.ClusterTag, cluster), new(ClientLbTelemetry.ReasonTag, reason));

    public void Hedge(string cluster, string result) =>
        _hedges.Add(1, new KeyValuePair<string, object?>(ClientLbTelemetry.ClusterTag, cluster), new(ClientLbTelemetry.ReasonTag, result));

    public void Ejection(string cluster, string endpoint, string evidence) =>
        _ejections.Add(1, new KeyValuePair<string, object?>(ClientLbTelemetry.ClusterTag, cluster),
            new(ClientLbTelemetry.EndpointTag, endpoint), new(ClientLbTelemetry.ReasonTag, evidence));

    public void Detected(string cluster, string endpoint, string detector, string result) =>
        _detections.Add(1, new TagList
        {
            { ClientLbTelemetry.ClusterTag, cluster },
            { ClientLbTelemetry.EndpointTag, endpoint },
            { ClientLbTelemetry.ReasonTag, detector },
            { ClientLbTelemetry.OutcomeTag, result },
        });

    public void Drained(string cluster, string endpoint, string result, int cutOff)
    {
        _drains.Add(1, new KeyValuePair<string, object?>(ClientLbTelemetry.ClusterTag, cluster),
            new(ClientLbTelemetry.EndpointTag, endpoint), new(ClientLbTelemetry.ReasonTag, result));
        if (cutOff > 0)
        {
            _cutOff.Add(cutOff, new KeyValuePair<string, object?>(ClientLbTelemetry.ClusterTag, cluster), new(ClientLbTelemetry.EndpointTag, endpoint));
        }
    }

    public void HealthCheck(string cluster, string endpoint, string result) =>
        _healthChecks.Add(1, new KeyValuePair<string, object?>(ClientLbTelemetry.ClusterTag, cluster),
            new(ClientLbTelemetry.EndpointTag, endpoint), new(ClientLbTelemetry.OutcomeTag, result));

    public void DiscoveryUpdate(string cluster) =>
        _discoveryUpdates.Add(1, new KeyValuePair<string, object?>(ClientLbTelemetry.ClusterTag, cluster));

    public void DiscoveryError(string cluster) =>
        _discoveryErrors.Add(1, new KeyValuePair<string, object?>(ClientLbTelemetry.ClusterTag, cluster));

    public void Publication(string cluster) =>
        _publications.Add(1, new KeyValuePair<string, object?>(ClientLbTelemetry.ClusterTag, cluster));

    public void LoadReportRefused(string cluster) =>
        _loadReportsRefused.Add(1, new KeyValuePair<string, object?>(ClientLbTelemetry.ClusterTag, cluster));

    public void Refusal(string cluster, string reason) =>
        _refusals.Add(1, new KeyValuePair<string, object?>(ClientLbTelemetry.ClusterTag, cluster), new(ClientLbTelemetry.ReasonTag, reason));

    /// <summary>Adds the states of breakers, read only when somebody looks.</summary>
    public void ObserveBreakers(Func<IEnumerable<Measurement<long>>> states) =>
        _meter.CreateObservableGauge("clientlb.breaker", states, "{breaker}", "1 for the state that a cluster's breaker is in.");

    /// <summary>Adds what limits do, read only when somebody looks.</summary>
    public void ObserveLimits(Func<IEnumerable<Measurement<long>>> adaptive, Func<IEnumerable<Measurement<long>>> waiting)
    {
        _meter.CreateObservableGauge("clientlb.limits.adaptive", adaptive, "{attempt}", "Limits of endpoints in distress, while they are in force.");
        _meter.CreateObservableUpDownCounter("clientlb.queue.length", waiting, "{call}", "Calls that wait for a place.");
    }

    /// <summary>Adds what is read only when somebody looks: in flight, endpoints by state, age of discovery.</summary>
    public void Observe(
        Func<IEnumerable<Measurement<long>>> inFlight, Func<IEnumerable<Measurement<long>>> endpoints, Func<IEnumerable<Measurement<double>>> discoveryAge)
    {
        _meter.CreateObservableUpDownCounter("clientlb.attempts.in_flight", inFlight, "{attempt}", "Leases that are out, by endpoint.");
        _meter.CreateObservableUpDownCounter("clientlb.endpoints", endpoints, "{endpoint}", "Endpoints by state.");
        _meter.CreateObservableGauge("clientlb.discovery.age", discoveryAge, "s", "Time since the source last confirmed its list.");
    }

    public void Dispose() => _meter.Dispose();
}
