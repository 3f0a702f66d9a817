using System.Diagnostics.Metrics;
using ClientLb.Admission;
using ClientLb.Calls;
using ClientLb.Telemetry;
using ClientLb.Tests.Infrastructure;
using Microsoft.Extensions.DependencyInjection;

namespace ClientLb.Tests.DependencyInjection;

/// <summary>The breaker as an application meets it: settings, orders, metrics.</summary>
public sealed class BreakerTests
{
    [Fact]
    public async Task Order_refuses_calls_and_metrics_say_so()
    {
        await using var app = AppWith(("ClientLb:Clusters:orders:Breaker:Enabled", "true"));
        using var meter = new MeterListener();
        var seen = new List<string>();
        meter.InstrumentPublished = static (instrument, listener) =>
        {
            if (instrument.Meter.Name == ClientLbTelemetry.MeterName)
            {
                listener.EnableMeasurementEvents(instrument);
            }
        };
        meter.SetMeasurementEventCallback<long>((instrument, value, tags, _) =>
        {
            var all = tags.ToArray().ToDictionary(static tag => tag.Key, static tag => $"{tag.Value}");
            if (all.GetValueOrDefault(ClientLbTelemetry.ClusterTag) == "breaker-orders")
            {
                seen.Add($"{instrument.Name} {all.GetValueOrDefault(ClientLbTelemetry.StateTag)}{all.GetValueOrDefault(ClientLbTelemetry.ReasonTag)} {value}");
            }
        });
        meter.Start();
        var breaker = app.Clusters.Get("breaker-orders").Breaker;
        await app.Client("breaker-orders").GetStringAsync("/");
        meter.RecordObservableInstruments();
        breaker.Isolate("it moves");

        var error = await Assert.ThrowsAsync<CallFailedException>(() => app.Client("breaker-orders").GetStringAsync("/"));
        meter.RecordObservableInstruments();

        Assert.Equal(CallFailureReason.BreakerOpen, error.Reason);
        Assert.Single(app.Sent.All);
        Assert.Contains("clientlb.breaker closed 1", seen);
        Assert.Contains("clientlb.breaker isolated 1", seen);
        Assert.Contains("clientlb.calls breaker_open 1", seen);
        Assert.Contains("clientlb.refusals breaker 1", seen);
    }

    [Fact]
    public async Task Without_the_setting_there_is_none()
    {
        await using var app = AppWith();
        await app.Client("breaker-orders").GetStringAsync("/");

        var breaker = app.Clusters.Get("breaker-orders").Breaker;
        Assert.Equal((false, BreakerState.Closed), (breaker.IsEnabled, breaker.State));
        Assert.Throws<InvalidOperationException>(() => breaker.Close("none is there"));
    }

    private static App AppWith(params (string Key, string? Value)[] settings) => new(
        static services =>
        {
            services.AddLoadBalancedHttpClient("breaker-orders");
            services.AddClientLb().AddCluster("breaker-orders", TestCluster.Ports(1, 2));
        },
        [.. settings.Select(static setting => (setting.Key.Replace(":orders:", ":breaker-orders:", StringComparison.Ordinal), setting.Value))]);
}
