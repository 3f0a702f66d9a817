using ClientLb.Balancing;
using ClientLb.Clusters;
using ClientLb.Discovery;
using ClientLb.Endpoints;
using ClientLb.Health;
using ClientLb.Health.Checks;
using ClientLb.Telemetry;
using Moq;

namespace ClientLb.Tests.Infrastructure;

/// <summary>A cluster whose loop is stepped by the test, in virtual time: nothing runs by itself.</summary>
internal sealed class TestCluster : IDisposable
{
    public TestCluster(ClusterOptions? options = null, IEndpointSource? source = null, params ILoadBalancingPolicy[] policies)
    {
        ProbesAnswer(false);
        Clock = new MonotonicClock(Time);
        Options = options ?? new ClusterOptions();
        Services = new ClusterServices(Clock, new SeededRandomSource(11), new LoadBalancingPolicies(policies), Probe.Object, Metrics, Log) { CheckGate = new CheckGate() };
        Cluster = new Cluster("orders", Options, source ?? Mock.Of<IEndpointSource>(), Services);
    }

    public VirtualTime Time { get; } = new();

    public MonotonicClock Clock { get; }

    public LogBook Log { get; } = new();

    public ClientLbMetrics Metrics { get; } = new(null);

    public Mock<IEndpointProbe> Probe { get; } = new();

    public ClusterOptions Options { get; }

    public ClusterServices Services { get; }

    public Cluster Cluster { get; }

    public ClusterSnapshot Snapshot => Cluster.Snapshot;

    public static EndpointDescriptor At(int port) => new("10.0.0.1", port);

    public static EndpointDescriptor[] Ports(params int[] ports) => [.. ports.Select(At)];

    /// <summary>A cluster that knows endpoints 1 to n.</summary>
    public static TestCluster Of(int endpoints, ClusterOptions? options = null)
    {
        var cluster = new TestCluster(options);
        cluster.List([.. Enumerable.Range(1, endpoints).Select(At)]);
        return cluster;
    }

    public Endpoint this[int port] => Snapshot.Endpoints.Single(endpoint => endpoint.Port == port);

    /// <summary>A list comes and is published: time passes as the gap between publications wants it.</summary>
    public void List(params EndpointDescriptor[] descriptors)
    {
        Cluster.Loop.Post(new EndpointUpdate(descriptors, Clock.Now));
        Cluster.Loop.Step();
        Pass(0.1);
    }

    /// <summary>Time passes while the loop looks ten times a second.</summary>
    public void Pass(double seconds)
    {
        for (var passed = 0.0; passed < seconds - 0.01; passed += 0.1)
        {
            Time.Advance(0.1);
            Cluster.Loop.Step();
        }
    }

    public Task<ClusterSnapshot> ResolveAsync(CancellationToken cancellationToken = default) => Cluster.ResolvedAsync(cancellationToken).AsTask();

    public int[] Eligible() => [.. Snapshot.Eligible.Select(endpoint => endpoint.Port)];

    public void ProbesAnswer(bool answer = true) =>
        Probe.Setup(p => p.ProbeAsync(It.IsAny<Endpoint>(), It.IsAny<CancellationToken>())).ReturnsAsync(answer);

    /// <summary>An endpoint answers an attempt.</summary>
    public void Answer(params int[] ports) => Array.ForEach(ports, port => Report(port, OutcomeKind.Success, Evidence.None));

    public void Refuse(params int[] ports) => Array.ForEach(ports, port => Report(port, OutcomeKind.NotSent, Evidence.Refused));

    public void Fail(int port, int times)
    {
        for (var i = 0; i < times; i++)
        {
            Report(port, OutcomeKind.Failure, Evidence.ErrorStatus);
        }
    }

    public void Report(int port, OutcomeKind kind, Evidence evidence) =>
        Cluster.Report(new Lease(this[port], Clock.Now, false), new AttemptReport(kind, evidence, Clock.Now, Clock.Now));

    public void Dispose()
    {
        Cluster.Dispose();
        Metrics.Dispose();
    }
}
