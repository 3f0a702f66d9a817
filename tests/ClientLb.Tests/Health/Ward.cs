using ClientLb.Endpoints;
using ClientLb.Health;
using ClientLb.Tests.Infrastructure;
using Moq;

namespace ClientLb.Tests.Health;

/// <summary>Endpoints, their judge, and time that a test moves.</summary>
internal sealed class Ward
{
    private readonly SeededRandomSource _random = new(7);

    public Ward(int endpoints, OutlierDetectionOptions? options = null)
    {
        Clock = new MonotonicClock(Time);
        Judge = new HealthJudge(options ?? new OutlierDetectionOptions(), Clock, _random, Listener.Object);
        Endpoints = [.. Enumerable.Range(1, endpoints).Select(i => new Endpoint(new EndpointDescriptor("10.0.0.1", i), Clock))];
        Judge.Configure(Judge.Options, Endpoints);
    }

    public VirtualTime Time { get; } = new();

    public MonotonicClock Clock { get; }

    public long Now => Clock.Now;

    public Mock<IHealthListener> Listener { get; } = new();

    public HealthJudge Judge { get; }

    public Endpoint[] Endpoints { get; }

    public Endpoint this[int index] => Endpoints[index];

    public void Succeed(int index, int times = 1) => Report(index, OutcomeKind.Success, Evidence.None, times);

    public void Fail(int index, int times = 1, Evidence evidence = Evidence.ErrorStatus) => Report(index, OutcomeKind.Failure, evidence, times);

    public void Refuse(int index, Evidence evidence = Evidence.Refused) => Report(index, OutcomeKind.NotSent, evidence, 1);

    public void Overload(int index, double retryAfter) => Judge.OnOutcome(Endpoints[index],
        new AttemptReport(OutcomeKind.Overloaded, Evidence.OverloadStatus, Now, Now) { RetryAfter = TimeSpan.FromSeconds(retryAfter).Ticks, StatusCode = 429 });

    /// <summary>An attempt that was started some time ago ends now.</summary>
    public void End(int index, OutcomeKind kind, long startedAt, Evidence evidence = Evidence.None) =>
        Judge.OnOutcome(Endpoints[index], new AttemptReport(kind, evidence, startedAt, Now));

    public HealthStatus Status(int index) => Endpoints[index].Health.Status;

    public HealthState State(int index) => Status(index).State;

    /// <summary>The length of the ejection that is in force.</summary>
    public double Ejection(int index) => TimeSpan.FromTicks(Status(index).Until - Status(index).Since).TotalSeconds;

    /// <summary>Whether an ordinary attempt may take the endpoint into use at this moment.</summary>
    public bool IsOpen(int index)
    {
        var load = Endpoints[index].Load;
        if (!load.TryAcquire(Now, LeaseRule.Normal))
        {
            return false;
        }

        load.Release(Now);
        return true;
    }

    /// <summary>Time passes and the loop looks.</summary>
    public void Pass(double seconds)
    {
        Time.Advance(seconds);
        Array.ForEach(Endpoints, endpoint => Judge.Machine.OnTick(endpoint, Now));
    }

    /// <summary>To the end of an ejection.</summary>
    public void PassToProbation(int index)
    {
        Pass(Ejection(index) + 0.001 + (HealthStatus.IsFoundByProbe(Status(index).Evidence) ? 60 : 0));
        Assert.Equal(HealthState.Probation, State(index));
    }

    private void Report(int index, OutcomeKind kind, Evidence evidence, int times)
    {
        for (var i = 0; i < times; i++)
        {
            Judge.OnOutcome(Endpoints[index], new AttemptReport(kind, evidence, Now, Now) 
            {
                StatusCode = evidence == Evidence.ErrorStatus ? 500 : 0,
                IsDowngrade = evidence == Evidence.BodyBroken,
            });
        }
    }
}
