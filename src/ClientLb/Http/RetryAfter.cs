namespace ClientLb.Http;

/// <summary>For how long a response asks to be left alone.</summary>
internal static class RetryAfter
{
    /// <summary>
    /// The longest rest that is believed: 5 min, as Envoy's <c>rate_limited_retry_back_off</c>. A mistyped header must not park an endpoint for a year.
    /// </summary>
    public static readonly TimeSpan Longest = TimeSpan.FromMinutes(5);

    /// <summary>Reads the header, in seconds or as a date.</summary>
    /// <param name="response">The response.</param>
    /// <param name="time">The clock for a date where the response does not say when it was written.</param>
    /// <param name="rest">From zero to <see cref="Longest"/>.</param>
    /// <returns>False when there is no such header, or none that can be understood.</returns>
    public static bool TryRead(HttpResponseMessage response, TimeProvider time, out TimeSpan rest)
    {
        rest = TimeSpan.Zero;
        if (!response.Headers.NonValidated.TryGetValues("Retry-After", out var raw))
        {
            return false;
        }

        if (response.Headers.RetryAfter is not { } header)
        {
            // More digits than an int holds: as long as possible.
            var isLong = IsDigits(raw.ToString());
            rest = isLong ? Longest : TimeSpan.Zero;
            return isLong;
        }

        // A date is compared with the server's own clock, which may be wrong by minutes.
        var asked = header.Delta ?? (header.Date!.Value - (response.Headers.Date ?? time.GetUtcNow()));
        rest = asked < TimeSpan.Zero ? TimeSpan.Zero : asked > Longest ? Longest : asked;
        return true;
    }

    private static bool IsDigits(string value)
    {
        var digits = value.AsSpan().Trim();
        return digits.Length > 0 && !digits.ContainsAnyExceptInRange('0', '9');
    }
}
