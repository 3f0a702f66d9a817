using System.Collections.Concurrent;
using System.Diagnostics;
using ClientLb.IntegrationTests.Infrastructure;
using ClientLb.Telemetry;

namespace ClientLb.IntegrationTests.EndToEnd;

public class TelemetryTests
{
    [Fact]
    public async Task Each_attempt_has_a_span_with_its_endpoint_and_the_callers_span_is_left_alone()
    {
        await using var backends = await BackendGroup.StartAsync(1);
        await using var app = BalancedApp.To("spans", backends);
        await app.Client.GetStringAsync("/");
        var spans = new ConcurrentQueue<Activity>();
        using var source = new ActivitySource("ClientLb.IntegrationTests.Server");
        using var listener = new ActivityListener
        {
            ShouldListenTo = s => s.Name == "System.Net.Http" || ReferenceEquals(s, source),
            Sample = static (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllDataAndRecorded,
            ActivityStopped = spans.Enqueue,
        };
        ActivitySource.AddActivityListener(listener);
        Activity server;
        using (server = source.StartActivity("server", ActivityKind.Server)!)
        {
            using var response = await app.Client.GetAsync("/status/500");
        }

        var attempts = spans.Where(s => s.ParentSpanId == server.SpanId && s.OperationName == "System.Net.Http.HttpRequestOut").ToList();
        Assert.Equal([null, 2, 3], attempts.Select(static s => s.GetTagItem(ClientLbTelemetry.AttemptTag)));
        Assert.All(attempts, s =>
        {
            Assert.Equal("spans", s.GetTagItem(ClientLbTelemetry.ClusterTag));
            Assert.Equal(backends[0].Authority, s.GetTagItem(ClientLbTelemetry.EndpointTag));
        });
        Assert.DoesNotContain(server.TagObjects, static t => t.Key.StartsWith("clientlb", StringComparison.Ordinal));

        // Each attempt is the parent of what its server does.
        Assert.Equal(attempts.Select(static s => s.Id), backends.Requests.Skip(1).Select(static r => r.Headers["traceparent"]));
    }

    [Fact]
    public async Task Metrics_tell_of_calls_attempts_retries_ejections_and_states()
    {
        const string Cluster = "metrics";
        using var meter = new MeterReader(Cluster);
        await using var backends = await BackendGroup.StartAsync(2);
        await using var app = BalancedApp.To(Cluster, [new(LoopbackAddress.Next(), 9), .. backends.Select(BalancedApp.Descriptor)], clusterOptions: static o => o.Policy = "round_robin");
        for (var i = 0; i < 30; i++)
        {
            await app.Client.GetStringAsync("/");
        }

        Assert.Equal(30, meter.Sum("clientlb.calls", (ClientLbTelemetry.ReasonTag, "success")));
        Assert.Equal(30, meter.Count("clientlb.attempt.duration", (ClientLbTelemetry.OutcomeTag, "success")));
        var refused = meter.Sum("clientlb.retries", (ClientLbTelemetry.ReasonTag, "refused"));
        Assert.True(refused >= 1);
        Assert.Equal(refused, meter.Count("clientlb.attempt.duration", (ClientLbTelemetry.OutcomeTag, "not_sent")));
        Assert.True(meter.Sum("clientlb.ejections", (ClientLbTelemetry.ReasonTag, "refused")) >= 1);

        // The snapshot follows an ejection within a twentieth of a second; until then a retry may still be meant for the refused endpoint.
        await Eventually.IsTrueAsync(() => Task.FromResult(app.Cluster.Snapshot.Eligible.Count == 2), TimeSpan.FromSeconds(10), "the snapshot knows");
        using (await app.Client.GetAsync("/status/500"))
        {
            Assert.Equal(1, meter.Sum("clientlb.calls", (ClientLbTelemetry.ReasonTag, "failed_status")));
            Assert.Equal(2, meter.Sum("clientlb.retries", (ClientLbTelemetry.ReasonTag, "error_status")));
            Assert.Equal(3, meter.Count("clientlb.attempt.duration", (ClientLbTelemetry.OutcomeTag, "failure")));
        }

        using (await app.Client.GetAsync("/chunks/1000/20", HttpCompletionOption.ResponseHeadersRead))
        {
            Assert.Equal(1, meter.Look("clientlb.attempts.in_flight"));
        }

        await app.NothingInFlightAsync();
        Assert.Equal(0, meter.Look("clientlb.attempts.in_flight"));
        Assert.Equal(3, meter.Look("clientlb.endpoints"));
        Assert.Equal(2, meter.Look("clientlb.endpoints", (ClientLbTelemetry.StateTag, "healthy")));
        Assert.Equal(0, meter.Look("clientlb.endpoints", (ClientLbTelemetry.StateTag, "draining")));
        Assert.InRange(meter.Look("clientlb.discovery.age"), 0, 60);
        Assert.Equal(1, meter.Sum("clientlb.discovery.updates"));
        Assert.True(meter.Sum("clientlb.snapshots") >= 1);
    }
}
