using System.Globalization;
using System.Net.Http.Headers;
using ClientLb.Endpoints;

namespace ClientLb.Http;

/// <summary>The headers that differ from attempt to attempt: for how long it is waited for, and which it is.</summary>
/// <param name="deadlineHeader">The header with milliseconds; empty: none.</param>
/// <param name="attemptHeader">The header with the number of the attempt; empty: none.</param>
/// <param name="clock">The clock of calls.</param>
internal sealed class AttemptMarks(string deadlineHeader, string attemptHeader, MonotonicClock clock)
{
    private volatile Milliseconds _last = new(0, "0");

    /// <summary>Whether an attempt gets any.</summary>
    /// <param name="allowed">The ticks that its server is told; 0 where it is told nothing.</param>
    public bool Any(long allowed) => allowed > 0 || attemptHeader.Length > 0;

    /// <summary>Marks the request of an attempt.</summary>
    /// <param name="request">The attempt's request.</param>
    /// <param name="attempt">Its number, from 1.</param>
    /// <param name="allowed">The ticks that its server is told; 0 where it is told nothing.</param>
    /// <returns>What it was before.</returns>
    public Before Write(HttpRequestMessage request, int attempt, long allowed)
    {
        var (name, text) = DeadlineOf(request, allowed);
        return new Before(
            name, name is null ? default : Set(request.Headers, name, text),
            attemptHeader.Length > 0 ? attemptHeader : null, attemptHeader.Length > 0 ? Set(request.Headers, attemptHeader, attempt.ToString(CultureInfo.InvariantCulture)) : default);
    }

    private (string? Name, string Text) DeadlineOf(HttpRequestMessage request, long allowed)
    {
        if (allowed <= 0)
        {
            return default;
        }

        if (CallLimits.IsGrpc(request))
        {
            return CallLimits.TryGetGrpcEnd(request, out var end) ? (GrpcTimeout.Header, GrpcTimeout.Format(end - clock.Now)) : default;
        }

        return deadlineHeader.Length > 0 ? (deadlineHeader, Text(allowed)) : default;
    }

    private static HeaderStringValues Set(HttpRequestHeaders headers, string name, string text)
    {
        if (headers.NonValidated.TryGetValues(name, out var before))
        {
            headers.Remove(name);
        }

        headers.TryAddWithoutValidation(name, text);
        return before;
    }

    /// <summary>Whole milliseconds, rounded up: a server that gives up before its caller does would be blamed for it.</summary>
    private string Text(long ticks)
    {
        var milliseconds = (ticks + TimeSpan.TicksPerMillisecond - 1) / TimeSpan.TicksPerMillisecond;

        // First attempts that have the whole of their limit all say the same.
        var last = _last;
        if (last.Value != milliseconds)
        {
            _last = last = new(milliseconds, milliseconds.ToString(CultureInfo.InvariantCulture));
        }

        return last.Text;
    }

    /// <summary>What a request was before it was marked. Restored, it is the caller's again, and copies take nothing over.</summary>
    internal readonly struct Before(string? deadlineName, HeaderStringValues deadline, string? attemptName, HeaderStringValues attempt)
    {
        public void Restore(HttpRequestMessage request)
        {
            Restore(request.Headers, deadlineName, deadline);
            Restore(request.Headers, attemptName, attempt);
        }

        private static void Restore(HttpRequestHeaders headers, string? name, HeaderStringValues values)
        {
            if (name is null)
            {
                return;
            }

            headers.Remove(name);
            if (values.Count > 0)
            {
                headers.TryAddWithoutValidation(name, (IEnumerable<string>)values);
            }
        }
    }

    private sealed record Milliseconds(long Value, string Text);
}
