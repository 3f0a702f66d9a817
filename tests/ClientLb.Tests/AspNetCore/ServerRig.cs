using System.Diagnostics.Metrics;
using ClientLb.AspNetCore;
using ClientLb.Endpoints;
using ClientLb.Telemetry;
using ClientLb.Tests.Infrastructure;
using Microsoft.AspNetCore.Http;

namespace ClientLb.Tests.AspNetCore;

/// <summary>The middleware as it ships, with virtual time, seeded chance and a pipeline that the test is.</summary>
internal sealed class ServerRig : IDisposable
{
    private readonly MeterListener _listener = new();
    private readonly Dictionary<string, long> _seen = new(StringComparer.Ordinal);
    private readonly Meters _meters = new();
    private readonly ServerMiddleware _middleware;

    public ServerRig(Action<ClientLbServerOptions>? configure = null, RequestDelegate? pipeline = null)
    {
        var options = new ClientLbServerOptions();
        configure?.Invoke(options);
        Pipeline = pipeline ?? (static _ => Task.CompletedTask);
        Metrics = new ServerMetrics(_meters);
        Runtime = new ServerRuntime(options, Time, new SeededRandomSource(7), Metrics, Log, () => ProcessorTime);
        _middleware = new ServerMiddleware(context => Pipeline(context), Runtime);
        _listener.InstrumentPublished = (instrument, listener) =>
        {
            if (instrument.Meter.Scope == _meters)
            {
                listener.EnableMeasurementEvents(instrument);
            }
        };
        _listener.SetMeasurementEventCallback<long>((instrument, value, tags, _) =>
        {
            lock (_seen)
            {
                var key = tags.Length > 0 ? $"{instrument.Name} {tags[0].Value}" : instrument.Name;
                Assert.True(tags.Length == 0 || tags[0].Key == ClientLbTelemetry.ReasonTag);
                _seen[key] = instrument.IsObservable ? value : _seen.GetValueOrDefault(key) + value;
            }
        });
        _listener.Start();
    }

    public VirtualTime Time { get; } = new();

    public LogBook Log { get; } = new();

    public ServerMetrics Metrics { get; }

    public ServerRuntime Runtime { get; }

    /// <summary>What comes after the middleware.</summary>
    public RequestDelegate Pipeline { get; set; }

    /// <summary>What the process has used of its processors.</summary>
    public TimeSpan ProcessorTime { get; set; }

    public Exchange Send(Exchange exchange)
    {
        exchange.Served = _middleware.InvokeAsync(exchange.Context);
        return exchange;
    }

    public Task InvokeAsync(HttpContext context) => _middleware.InvokeAsync(context);

    /// <summary>What an instrument has counted; with a reason behind its name, that one.</summary>
    public long Counted(string instrument)
    {
        _listener.RecordObservableInstruments();
        lock (_seen)
        {
            return _seen.GetValueOrDefault("clientlb.server." + instrument);
        }
    }

    public void Dispose()
    {
        _listener.Dispose();
        Runtime.Dispose();
        Metrics.Dispose();
    }

    private sealed class Meters : IMeterFactory
    {
        public Meter Create(MeterOptions options) => new(new MeterOptions(options.Name) { Scope = this });

        public void Dispose()
        {
        }
    }
}
