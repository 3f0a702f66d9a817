using System.Collections.Concurrent;
using System.Diagnostics;
using System.Diagnostics.Metrics;
using ClientLb.Discovery;
using ClientLb.Endpoints;
using ClientLb.Health;
using ClientLb.IntegrationTests.Infrastructure;

namespace ClientLb.IntegrationTests.Consul;

/// <summary>What a host must not notice of the watches, and what it must.</summary>
public class ConsulQuietnessTests
{
    [ConsulFact]
    public async Task Watch_shows_up_in_no_trace_and_no_http_metric()
    {
        await using var agent = await ConsulAgent.StartDevAsync();
        await agent.Api.RegisterAsync("quiet", "q-1", "10.0.0.1", 1);
        var heard = new ConcurrentQueue<string>();
        using var activities = new ActivityListener
        {
            // Of how connections come about a host hears only from sources that it must switch on as experiments.
            ShouldListenTo = static source => !source.Name.StartsWith("Experimental.", StringComparison.Ordinal),
            Sample = static (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllData,
            ActivityStopped = activity => Hear(activity.DisplayName, activity.TagObjects),
        };
        ActivitySource.AddActivityListener(activities);
        using var meters = new MeterListener
        {
            InstrumentPublished = static (instrument, listener) =>
            {
                if (instrument.Meter.Name.StartsWith("System.Net", StringComparison.Ordinal))
                {
                    listener.EnableMeasurementEvents(instrument);
                }
            },
        };
        meters.SetMeasurementEventCallback<double>((instrument, _, tags, _) => Hear(instrument.Name, tags.ToArray()));
        meters.SetMeasurementEventCallback<long>((instrument, _, tags, _) => Hear(instrument.Name, tags.ToArray()));
        meters.Start();

        await using (var source = new WatchedSource(agent.Uri))
        {
            await source.Watch("quiet").SeesPortsAsync(5, 1);
        }

        Assert.Empty(heard);
        using var listened = new ConsulApi(agent.Uri);
        await listened.InstancesAsync("quiet");
        Assert.NotEmpty(heard);

        // Other tests of this process make noise too: theirs has another address.
        void Hear(string what, IEnumerable<KeyValuePair<string, object?>> tags)
        {
            if (tags.Any(t => t.Value?.ToString()?.Contains(agent.Address, StringComparison.Ordinal) == true))
            {
                heard.Enqueue(what);
            }
        }
    }

    /// <summary>
    /// What a host hears that listens to everything: how connections come about, from sources that it must switch on as experiments, and apart
    /// from its own traces.
    /// </summary>
    [ConsulFact]
    public async Task Watch_and_probe_show_up_at_most_as_connections_outside_every_trace()
    {
        await using var agent = await ConsulAgent.StartDevAsync();
        var heard = new ConcurrentQueue<Activity>();
        using var activities = new ActivityListener
        {
            ShouldListenTo = static _ => true,
            Sample = static (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllData,
            ActivityStopped = activity =>
            {
                if (activity.TagObjects.Any(t => t.Value?.ToString()?.Contains(agent.Address, StringComparison.Ordinal) == true))
                {
                    heard.Enqueue(activity);
                }
            },
        };
        ActivitySource.AddActivityListener(activities);
        using var host = new ActivitySource("a host");
        using (host.StartActivity("call"))
        {
            await using var source = new WatchedSource(agent.Uri);
            await source.Watch("consul").SeesPortsAsync(10, 8300);
        }

        var endpoint = new Endpoint(new(agent.Address, 8500), MonotonicClock.System);
        Assert.True(await new TcpProbe(TimeProvider.System, TimeSpan.FromSeconds(5)).ProbeAsync(endpoint, CancellationToken.None));

        Assert.NotEmpty(heard);
        Assert.All(heard, static activity =>
        {
            Assert.Contains(activity.Source.Name, new[] { "Experimental.System.Net.Http.Connections", "Experimental.System.Net.Sockets" });
            Assert.NotEqual("call", activity.Parent?.DisplayName);
        });
    }

    [ConsulFact]
    public async Task Too_many_watches_for_the_agent_are_told_why()
    {
        await using var agent = await ConsulAgent.StartDevAsync("limits { http_max_conns_per_client = 3 }");
        await using var source = new WatchedSource(agent.Uri);
        var readers = Enumerable.Range(0, 6).Select(i => source.Watch("many-" + i)).ToList();
        var seen = await await Task.WhenAny(readers.Select(static r => r.SeesAsync(static u => u.Error is not null)));

        Assert.Equal(DiscoveryErrorKind.Unreachable, Assert.IsType<DiscoveryException>(seen.Update.Error).Kind);
        Assert.Contains("http_max_conns_per_client", seen.Update.Error!.Message, StringComparison.Ordinal);
    }
}
