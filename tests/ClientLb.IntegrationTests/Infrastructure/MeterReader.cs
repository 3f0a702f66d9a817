using System.Diagnostics.Metrics;
using ClientLb.Telemetry;

namespace ClientLb.IntegrationTests.Infrastructure;

/// <summary>What the meter "ClientLb" says of one cluster.</summary>
internal sealed class MeterReader : IDisposable
{
    private readonly MeterListener _listener = new();
    private readonly List<(string Instrument, double Value, Dictionary<string, string> Tags)> _seen = [];
    private readonly string _cluster;

    public MeterReader(string cluster)
    {
        _cluster = cluster;
        _listener.InstrumentPublished = static (instrument, listener) =>
        {
            if (instrument.Meter.Name == ClientLbTelemetry.MeterName)
            {
                listener.EnableMeasurementEvents(instrument);
            }
        };
        _listener.SetMeasurementEventCallback<long>((instrument, value, tags, _) => Note(instrument.Name, value, tags));
        _listener.SetMeasurementEventCallback<double>((instrument, value, tags, _) => Note(instrument.Name, value, tags));
        _listener.Start();
    }

    /// <summary>The sum of what was recorded, over all series that have these tags.</summary>
    public double Sum(string instrument, params (string Name, string Value)[] tags) => Of(instrument, tags).Sum();

    /// <summary>How often a value was recorded.</summary>
    public int Count(string instrument, params (string Name, string Value)[] tags) => Of(instrument, tags).Count;

    /// <summary>Reads an instrument that is computed when somebody looks.</summary>
    public double Look(string instrument, params (string Name, string Value)[] tags)
    {
        lock (_seen)
        {
            _seen.RemoveAll(s => s.Instrument == instrument);
        }

        _listener.RecordObservableInstruments();
        var values = Of(instrument, tags);
        Assert.NotEmpty(values);
        return values.Sum();
    }

    public void Dispose() => _listener.Dispose();

    private List<double> Of(string instrument, (string Name, string Value)[] tags)
    {
        lock (_seen)
        {
            return [.. _seen.Where(s => s.Instrument == instrument && tags.All(t => s.Tags.GetValueOrDefault(t.Name) == t.Value)).Select(static s => s.Value)];
        }
    }

    private void Note(string instrument, double value, ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        var all = tags.ToArray().ToDictionary(static t => t.Key, static t => t.Value?.ToString() ?? "");
        if (all.GetValueOrDefault(ClientLbTelemetry.ClusterTag) == _cluster)
        {
            lock (_seen)
            {
                _seen.Add((instrument, value, all));
            }
        }
    }
}
