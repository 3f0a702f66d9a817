namespace ClientLb.Discovery;

/// <summary>Several errors told as one.</summary>
internal static class JoinedErrors
{
    // More of them do not help anybody who reads a log line.
    private const int MaxNamed = 3;

    /// <summary>One is itself; of several each is named, to a limit.</summary>
    public static Exception? Of(IReadOnlyList<(string Name, Exception Error)> errors)
    {
        if (errors.Count < 2)
        {
            return errors.Count == 0 ? null : errors[0].Error;
        }

        var text = string.Join(" ", errors.Take(MaxNamed).Select(static e => $"{e.Name}: {e.Error.Message}"));
        var first = errors[0].Error;
        return new DiscoveryException(
            (first as DiscoveryException)?.Kind ?? DiscoveryErrorKind.Unavailable,
            errors.Count > MaxNamed ? FormattableString.Invariant($"{text} And {errors.Count - MaxNamed} more.") : text, first);
    }
}
