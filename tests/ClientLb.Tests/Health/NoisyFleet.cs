using ClientLb.Clusters;
using ClientLb.Endpoints;
using ClientLb.Tests.Infrastructure;

namespace ClientLb.Tests.Health;

/// <summary>A cluster under even load in virtual time: every attempt goes through the shipped cluster, and fails or takes its time by chance.</summary>
internal sealed class NoisyFleet : IDisposable
{
    private const int Steps = 10;
    private const int Latencies = 1 << 12;

    private readonly TestCluster _cluster;
    private readonly Endpoint[] _endpoints;
    private readonly SeededRandomSource _random;
    private readonly long[] _latencies = new long[Latencies];

    public NoisyFleet(int endpoints, ulong seed, ClusterOptions? options = null)
    {
        _random = new SeededRandomSource(seed);
        _cluster = TestCluster.Of(endpoints, options);
        _endpoints = [.. _cluster.Snapshot.Endpoints];

        // Log-normal around 20 ms with sigma 1: one of a hundred takes ten times as long.
        for (var i = 0; i < Latencies; i++)
        {
            var normal = Math.Sqrt(-2 * Math.Log(1 - _random.NextDouble())) * Math.Cos(2 * Math.PI * _random.NextDouble());
            _latencies[i] = (long)(Math.Exp(normal) * 20 * TimeSpan.TicksPerMillisecond);
        }
    }

    public TestCluster Cluster => _cluster;

    public Endpoint this[int index] => _endpoints[index];

    /// <summary>How often an endpoint was taken out, as the log has it.</summary>
    public int Ejections => _cluster.Log.Count(200);

    public string Text => string.Join('\n', _cluster.Log.Lines.Where(line => line.Id is 200 or 201 or 202 or 203).Select(line => line.Text));

    /// <summary>One interval of ten seconds.</summary>
    /// <param name="requests">Attempts at each endpoint in it.</param>
    /// <param name="errors">The share of them that fails.</param>
    /// <param name="errorsOfFirst">That of the first endpoint.</param>
    /// <param name="slownessOfFirst">How many times longer the first one takes.</param>
    public void Interval(int requests, double errors, double errorsOfFirst, int slownessOfFirst = 1)
    {
        for (var step = 0; step < Steps; step++)
        {
            _cluster.Time.Advance(10.0 / Steps);
            var now = _cluster.Clock.Now;
            foreach (var endpoint in _endpoints)
            {
                var isFirst = endpoint == _endpoints[0];
                var share = isFirst ? errorsOfFirst : errors;
                var count = endpoint.Health.Status.State switch { HealthState.Ejected => 0, HealthState.Probation => 1, _ => requests / Steps };
                for (var i = 0; i < count; i++)
                {
                    Attempt(endpoint, now, share, isFirst ? slownessOfFirst : 1);
                }
            }

            _cluster.Cluster.Loop.Step();
        }
    }

    public void Dispose() => _cluster.Dispose();

    private void Attempt(Endpoint endpoint, long now, double errors, int slowness)
    {
        var bits = _random.NextBits();
        var started = now - (_latencies[bits & (Latencies - 1)] * slowness);
        var report = (bits >> 32) < errors * (1L << 32)
            ? new AttemptReport(OutcomeKind.Failure, Evidence.ErrorStatus, started, now) { StatusCode = 500 }
            : new AttemptReport(OutcomeKind.Success, Evidence.None, started, now) { StatusCode = 200 };
        _cluster.Cluster.Report(new Lease(endpoint, started, false), report);
    }
}
