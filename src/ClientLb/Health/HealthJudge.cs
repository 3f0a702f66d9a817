using ClientLb.Endpoints;
using ClientLb.Settings;

namespace ClientLb.Health;

/// <summary>
/// Reads the outcomes of attempts and tells the health machine what they come to. On the happy path it reads two fields and counts one success.
/// </summary>
internal sealed class HealthJudge : IOutcomeObserver
{
    private const int ClientErrors = 400;
    private const int ServerErrors = 500;

    // "No route" comes at once, and no pause explains it.
    private static readonly long s_noTime = TimeSpan.FromMilliseconds(100).Ticks;

    private readonly MonotonicClock _clock;
    private double _slotsPerTick;
    private long _slowTicks;
    private IReadOnlyList<Endpoint> _members = [];

    public HealthJudge(OutlierDetectionOptions options, MonotonicClock clock, IRandomSource random, IHealthListener listener)
    {
        _clock = clock;
        _slotsPerTick = FailureWindow.SlotsPerTick(options.Window);
        _slowTicks = SlowTicks(options);
        Machine = new HealthMachine(options, clock, random, listener);
        Checks = new CheckVerdicts(Machine, clock, listener);
    }

    public HealthMachine Machine { get; }

    /// <summary>Where active checks speak.</summary>
    public CheckVerdicts Checks { get; }

    public OutlierDetectionOptions Options => Machine.Options;

    /// <summary>Puts new numbers and a new list of members in force. Called by the cluster's loop.</summary>
    public void Configure(OutlierDetectionOptions options, IReadOnlyList<Endpoint> members)
    {
        // The usual case, and a look at each of thousands of windows is no small thing.
        var isKnown = ReferenceEquals(_members, members) && Options.Window == options.Window;
        _members = members;
        Volatile.Write(ref _slowTicks, SlowTicks(options));
        Machine.Configure(options, members);
        if (isKnown)
        {
            return;
        }

        _slotsPerTick = FailureWindow.SlotsPerTick(options.Window);
        foreach (var member in members)
        {
            member.Health.SetWindow(options.Window);
        }
    }

    public void OnOutcome(Endpoint endpoint, in AttemptReport report)
    {
        switch (report.Kind)
        {
            case OutcomeKind.Success:
                // What has to be looked at more closely, slow answers and client errors, costs the others a compare each.
                if (report.Duration < _slowTicks && report.StatusCode < ClientErrors && endpoint.Load.TryCountSuccess(report.EndedAt, _slotsPerTick))
                {
                    break;
                }

                OnSuccess(endpoint, report);
                break;

            case OutcomeKind.Ignored:
            case OutcomeKind.NotSent when report.Evidence == Evidence.ConnectionLimit:
                break;

            case OutcomeKind.Overloaded:
                Machine.Rest(endpoint, report);
                break;

            case OutcomeKind.NotSent:
            case OutcomeKind.Failure:
                OnFailure(endpoint, report);
                break;

            default:
                throw new InvalidOperationException($"Unknown outcome {report.Kind}.");
        }
    }

    /// <summary>The stall detector has spoken.</summary>
    public void OnStalled(Endpoint endpoint, long silence, long now) =>
        Machine.EjectHard(endpoint, Evidence.Stalled, now, FormattableString.Invariant(
            $"stalled: {endpoint.Load.Awaiting} attempts in flight and no byte for {Durations.Format(Rounded(silence))} while others answered"));

    private static TimeSpan Rounded(long ticks) => TimeSpan.FromMilliseconds(Math.Round(TimeSpan.FromTicks(ticks).TotalMilliseconds));

    private void OnSuccess(Endpoint endpoint, in AttemptReport report)
    {
        var health = endpoint.Health;
        health.ClearFailures();
        health.Window.Add(report.EndedAt, isFailure: false);
        if (report.StatusCode is >= ClientErrors and < ServerErrors)
        {
            health.AddClientError();
        }

        var isSlow = report.Duration >= _slowTicks;
        var status = health.Status;
        if (status.State == HealthState.Healthy)
        {
            if (isSlow)
            {
                DetectSlow(endpoint, report.EndedAt);
            }
        }
        else if (isSlow && status is { State: HealthState.Probation, Evidence: Evidence.Slow } && report.StartedAt >= status.Since)
        {
            // It was taken out for being slow, and still is.
            Machine.FailProbation(endpoint, status, Evidence.Slow, $"slow on probation: it took {Durations.Format(Rounded(report.Duration))}");
        }
        else
        {
            Machine.OnSuccessWhileOut(endpoint, report);
        }
    }

    private void DetectSlow(Endpoint endpoint, long now)
    {
        var options = Options;
        var slow = endpoint.Health.AddSlowCall(now);
        var total = endpoint.Health.Window.Read(now).Total;
        if (options.Enabled && total >= options.MinimumAttempts && slow > options.SlowCallRate * total)
        {
            Machine.Suspect(endpoint, Detector.SlowCalls, Evidence.Slow, now, FormattableString.Invariant(
                $"slow: {slow} of {total} attempts took {Durations.Format(options.SlowCallThreshold)} or more in {Durations.Format(options.Window)}"));
        }
    }

    private static long SlowTicks(OutlierDetectionOptions options) =>
        options.SlowCallThreshold > TimeSpan.Zero ? options.SlowCallThreshold.Ticks : long.MaxValue;

    private void OnFailure(Endpoint endpoint, in AttemptReport report)
    {
        var health = endpoint.Health;
        if (report.IsDowngrade)
        {
            // It was counted as a success when its head came.
            health.Window.Downgrade(report.EndedAt);
        }
        else
        {
            health.Window.Add(report.EndedAt, isFailure: true);
        }

        Machine.CountFailure();
        var consecutive = health.AddFailure();
        var status = health.Status;
        if (status.State == HealthState.Probation)
        {
            // Only an attempt that was started on probation is a verdict on it; older ones belong to what led to the ejection.
            if (report.StartedAt >= status.Since)
            {
                Machine.FailProbation(endpoint, status, report.Evidence, EvidenceText.Of(report) + " on probation");
            }

            return;
        }

        if (status.State == HealthState.Ejected)
        {
            return;
        }

        if (report.Kind == OutcomeKind.NotSent && HealthStatus.IsHardEvidence(report.Evidence) && !MayBeThisProcess(endpoint, report))
        {
            Machine.EjectHard(endpoint, report.Evidence, report.EndedAt, EvidenceText.Of(report));
            return;
        }

        if (report.Duration >= _slowTicks && !report.IsDowngrade)
        {
            DetectSlow(endpoint, report.EndedAt);
        }

        Detect(endpoint, report, consecutive);
    }

    /// <summary>
    /// A connect that took too long, while others of this client were answered there, or while this process stood still: then the crowd of connects was too much, for the endpoint or for this machine, and
    /// soft evidence is enough.
    /// </summary>
    private bool MayBeThisProcess(Endpoint endpoint, in AttemptReport report) =>
        report.Evidence == Evidence.Unreachable
        && ((endpoint.Load.Successes > 0 && endpoint.Load.LastByteAt >= report.StartedAt)
            || (report.Duration >= s_noTime && _clock.Pauses.Touch(report.StartedAt, report.EndedAt)));

    private void Detect(Endpoint endpoint, in AttemptReport report, int consecutive)
    {
        var options = Options;
        if (!options.Enabled)
        {
            return;
        }

        if (consecutive >= options.ConsecutiveFailures && Machine.Suspect(endpoint, Detector.ConsecutiveFailures, report.Evidence, report.EndedAt,
            FormattableString.Invariant($"{consecutive} failures in a row, the last one: {EvidenceText.Of(report)}")))
        {
            return;
        }

        var (total, failures) = endpoint.Health.Window.Read(report.EndedAt);
        if (total >= options.MinimumAttempts && failures >= options.FailureRate * total)
        {
            Machine.Suspect(endpoint, Detector.FailureRate, report.Evidence, report.EndedAt, FormattableString.Invariant(
                $"{failures} of {total} attempts failed in {Durations.Format(options.Window)}, the last one: {EvidenceText.Of(report)}"));
        }
    }
}
