using System.Collections;
using ClientLb.Endpoints;
using ClientLb.Settings;

namespace ClientLb.Calls;

/// <summary>A client's <see cref="RetryOptions.On"/> and <see cref="RetryOptions.Statuses"/>, compiled: what an attempt is made again for.</summary>
internal sealed class RetryRules
{
    private readonly RetryCauses _causes;
    private readonly BitArray? _statuses;

    private RetryRules(RetryCauses causes, BitArray? statuses)
    {
        _causes = causes;
        _statuses = statuses;
    }

    /// <summary>The rules of some options; <see langword="null"/> where they rule nothing out.</summary>
    public static RetryRules? Of(RetryOptions options)
    {
        var causes = RetryCauses.None;
        foreach (var name in options.On)
        {
            causes |= TryParse(name, out var cause) ? cause : RetryCauses.None;
        }

        if (causes == RetryCauses.All && options.Statuses.Count == 0)
        {
            return null;
        }

        var statuses = options.Statuses.Count == 0 ? null : new BitArray(StatusRange.Highest + 1);
        foreach (var text in options.Statuses)
        {
            if (StatusRange.TryParse(text, out var range))
            {
                for (var status = range.First; status <= range.Last; status++)
                {
                    statuses![status] = true;
                }
            }
        }

        return new(causes, statuses);
    }

    /// <summary>Reads the name of one cause.</summary>
    public static bool TryParse(string name, out RetryCauses cause) =>
        Enum.TryParse(name.Trim(), ignoreCase: true, out cause) && cause is RetryCauses.NotSent or RetryCauses.Timeout or RetryCauses.Reset or RetryCauses.Status or RetryCauses.Overload;

    /// <summary>Whether an attempt that ended so may be made again, as far as these rules go.</summary>
    public bool Allow(in AttemptVerdict verdict)
    {
        var cause = CauseOf(verdict);
        return (_causes & cause) != 0
            && (_statuses is null || cause is not (RetryCauses.Status or RetryCauses.Overload) || ((uint)verdict.StatusCode < (uint)_statuses.Length && _statuses[verdict.StatusCode]));
    }

    private static RetryCauses CauseOf(in AttemptVerdict verdict) => verdict.Kind switch
    {
        OutcomeKind.NotSent => RetryCauses.NotSent,
        OutcomeKind.Overloaded => RetryCauses.Overload,
        _ => verdict.Evidence switch
        {
            Evidence.AttemptTimeout or Evidence.Stalled => RetryCauses.Timeout,
            Evidence.ErrorStatus => RetryCauses.Status,
            _ => RetryCauses.Reset,
        },
    };
}
