using ClientLb.Endpoints;
using ClientLb.Health;

namespace ClientLb.Tests.Health;

/// <summary>A ward whose endpoints are compared with each other. Only the detectors that compare are at work, unless the options say otherwise.</summary>
internal sealed class PeerWard
{
    private readonly PeerReview _review;

    public PeerWard(int endpoints, Action<OutlierDetectionOptions>? configure = null)
    {
        var options = new OutlierDetectionOptions { ConsecutiveFailures = 10_000, FailureRate = 1, MinimumAttempts = 1_000_000 };
        configure?.Invoke(options);
        Ward = new Ward(endpoints, options);
        _review = new PeerReview(Ward.Judge.Machine, Ward.Now);
    }

    public Ward Ward { get; }

    public int[] Ejected => [.. Enumerable.Range(0, Ward.Endpoints.Length).Where(i => Ward.State(i) == HealthState.Ejected)];

    /// <summary>Attempts of which so many fail, evenly spread, the first one first: where every endpoint's last attempt failed, the guards suspect the client.</summary>
    public PeerWard Attempts(int index, int total, int failures)
    {
        for (var i = 0; i < total; i++)
        {
            if (i * failures % total < failures)
            {
                Ward.Fail(index);
            }
            else
            {
                Ward.Succeed(index);
            }
        }

        return this;
    }

    /// <summary>One list of failures, an endpoint each.</summary>
    public PeerWard AttemptsOfAll(int total, params int[] failures)
    {
        for (var i = 0; i < failures.Length; i++)
        {
            Attempts(i, total, failures[i]);
        }

        return this;
    }

    public PeerWard Answers(int index, int status, int times)
    {
        for (var i = 0; i < times; i++)
        {
            Ward.Judge.OnOutcome(Ward[index], new AttemptReport(OutcomeKind.Success, Evidence.None, Ward.Now, Ward.Now) { StatusCode = status });
        }

        return this;
    }

    public PeerWard Latency(int index, double milliseconds, int samples = 100)
    {
        for (var i = 0; i < samples; i++)
        {
            Ward[index].Load.Latencies.Add(TimeSpan.FromMilliseconds(milliseconds).Ticks);
        }

        return this;
    }

    /// <summary>An interval ends.</summary>
    public PeerWard Review(double seconds = 10)
    {
        Ward.Pass(seconds);
        _review.Look(Ward.Now);
        return this;
    }
}
