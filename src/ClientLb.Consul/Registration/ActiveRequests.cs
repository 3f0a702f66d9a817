using System.Diagnostics.Metrics;

namespace ClientLb.Consul.Registration;

/// <summary>
/// Counts the requests in flight at ASP.NET Core's server, by its metric: nothing need stand in the pipeline. It must be there before the first
/// request.
/// </summary>
internal sealed class ActiveRequests : IDisposable
{
    private readonly MeterListener _listener = new();
    private long _count;

    public ActiveRequests(IMeterFactory? factory)
    {
        _listener.InstrumentPublished = (instrument, listener) =>
        {
            // Two hosts in one process have a factory each.
            if (instrument is { Name: "http.server.active_requests", Meter.Name: "Microsoft.AspNetCore.Hosting" }
                && (factory is null || instrument.Meter.Scope is null || ReferenceEquals(instrument.Meter.Scope, factory)))
            {
                listener.EnableMeasurementEvents(instrument);
            }
        };
        _listener.SetMeasurementEventCallback<long>((_, change, _, _) => Interlocked.Add(ref _count, change));
        _listener.Start();
    }

    public int Count => (int)Math.Clamp(Interlocked.Read(ref _count), 0, int.MaxValue);

    public void Dispose() => _listener.Dispose();
}
