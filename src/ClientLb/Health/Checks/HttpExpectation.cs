using System.Text;

namespace ClientLb.Health.Checks;

/// <summary>What an answer over HTTP has to look like.</summary>
internal sealed class HttpExpectation(HealthCheckOptions options)
{
    /// <summary>No more of a body is read.</summary>
    public const int MaxBody = 64 * 1024;

    private readonly StatusSet _passing = new(options.Statuses.Count + options.DegradedStatuses.Count == 0 ? [HealthCheckOptions.UsualStatuses] : options.Statuses);
    private readonly StatusSet _degraded = new(options.DegradedStatuses);
    private readonly byte[]? _wanted = options.BodyContains is { Length: > 0 } text ? Encoding.UTF8.GetBytes(text) : null;
    private readonly byte[]? _saysDegraded = options.DegradedBody is { } text ? Encoding.UTF8.GetBytes(text) : null;

    /// <summary>True where answers have no body whatever their headers say.</summary>
    public bool IsHead { get; } = options.Method == "HEAD";

    /// <summary>Whether the verdict depends on the body of an answer with this status.</summary>
    public bool WantsBody(int status) =>
        !IsHead && (_degraded.Contains(status) || _passing.Contains(status)) && (_wanted is not null || _saysDegraded is null || _saysDegraded.Length > 0);

    /// <summary>The verdict.</summary>
    /// <param name="status">The status of the answer.</param>
    /// <param name="body">Its body, where it is wanted.</param>
    public CheckFinding Judge(int status, ReadOnlySpan<byte> body)
    {
        var isDegraded = _degraded.Contains(status);
        if (!isDegraded && !_passing.Contains(status))
        {
            return CheckFinding.Failed(FormattableString.Invariant($"answered {status}"));
        }

        if (_wanted is not null && body.IndexOf(_wanted) < 0)
        {
            return CheckFinding.Failed(FormattableString.Invariant($"answered {status} without '{options.BodyContains}' in its body"));
        }

        if (isDegraded)
        {
            return CheckFinding.Degraded(FormattableString.Invariant($"answered {status}, which says degraded"));
        }

        return SaysDegraded(body) ? CheckFinding.Degraded(FormattableString.Invariant($"answered {status} with a body that says degraded")) : CheckFinding.Passed;
    }

    private bool SaysDegraded(ReadOnlySpan<byte> body) =>
        _saysDegraded is null ? HealthBody.IsDegraded(body) : _saysDegraded.Length > 0 && body.IndexOf(_saysDegraded) >= 0;
}
