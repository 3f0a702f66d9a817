using ClientLb.Endpoints;

namespace ClientLb.Health.Checks;

/// <summary>Counts the checks of one endpoint in a row and says when they make a verdict.</summary>
internal sealed class CheckTally
{
    private bool _differ;
    private string _last = "";

    /// <summary>Failed checks in a row.</summary>
    public int Failures { get; private set; }

    /// <summary>Passed checks in a row.</summary>
    public int Successes { get; private set; }

    /// <summary>What the last failed check met.</summary>
    public Evidence Evidence { get; private set; }

    /// <summary>Counts a check.</summary>
    /// <param name="before">The verdict so far.</param>
    /// <param name="finding">What the check has found.</param>
    /// <param name="options">The thresholds.</param>
    /// <param name="isStatement">True where the server itself has said it: that needs no second time.</param>
    /// <returns>The verdict now.</returns>
    public CheckState Add(CheckState before, in CheckFinding finding, HealthCheckOptions options, bool isStatement = false)
    {
        switch (finding.Mark)
        {
            case CheckMark.Unclear:
                return before;

            case CheckMark.Failed:
                Successes = 0;
                _differ = Failures > 0 && (_differ || _last != finding.Text);
                _last = finding.Text;
                Evidence = finding.Evidence;
                Failures++;

                // One that has never passed is not in use: it goes on waiting for its first pass, where a guard might let it in as one that fails. That nobody is there is certain.
                return (isStatement || Failures >= options.Failures) && (before != CheckState.Pending || HealthStatus.IsHardEvidence(finding.Evidence)) ? CheckState.Failing : before;

            default:
                Failures = 0;
                Successes++;
                _last = finding.Text;
                return before == CheckState.Failing && Successes < options.Successes && !isStatement ? before
                    : finding.Mark == CheckMark.Degraded ? CheckState.Degraded : CheckState.Passing;
        }
    }

    /// <summary>The verdict's reason: what was done where, what came of it, and how often in a row.</summary>
    public string Reason(string check, string authority)
    {
        if (Failures == 0)
        {
            return Successes > 1 ? $"{check} at {authority} {_last} {Times(Successes)} in a row" : $"{check} at {authority} {_last}";
        }

        return Failures == 1 ? $"{check} at {authority} {_last}"
            : _differ ? $"{check} at {authority} failed {Times(Failures)} in a row (last: {_last})"
            : $"{check} at {authority} {_last} {Times(Failures)} in a row";
    }

    // In words, since a status may stand before it: "answered 503 3 times".
    private static string Times(int count) => count switch
    {
        2 => "twice",
        3 => "three times",
        4 => "four times",
        5 => "five times",
        _ => FormattableString.Invariant($"({count} times)"),
    };
}
