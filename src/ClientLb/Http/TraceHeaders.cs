using System.Diagnostics;

namespace ClientLb.Http;

/// <summary>The headers in which a trace travels.</summary>
internal static class TraceHeaders
{
    /// <summary>
    /// Removes from a copied request what the first attempt's span has put there: SocketsHttpHandler overwrites nothing, and the second attempt would
    /// appear in the trace as a child of the first.
    /// </summary>
    /// <param name="request">The copy.</param>
    /// <param name="current">The caller's activity: headers of its own trace come from us, others from the user.</param>
    public static void RemoveInjected(HttpRequestMessage request, Activity? current)
    {
        if (current is null)
        {
            return;
        }

        var fields = DistributedContextPropagator.Current.Fields;
        var trace = current.IdFormat == ActivityIdFormat.W3C ? current.TraceId.ToHexString() : current.RootId;
        if (trace is null || !Carries(request, fields, trace))
        {
            return;
        }

        foreach (var field in fields)
        {
            request.Headers.Remove(field);
        }
    }

    private static bool Carries(HttpRequestMessage request, IReadOnlyCollection<string> fields, string trace)
    {
        foreach (var field in fields)
        {
            if (request.Headers.NonValidated.TryGetValues(field, out var values)
                && values.ToString().Contains(trace, StringComparison.OrdinalIgnoreCase))
            {
                return true;
            }
        }

        return false;
    }
}
