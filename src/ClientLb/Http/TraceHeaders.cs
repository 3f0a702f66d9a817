using System.Diagnostics;

namespace ClientLb.Http;

/// <summary>
/// The headers in which a trace travels. SocketsHttpHandler puts those of an attempt's span into the request and overwrites none, so a copy with them would make the next
/// attempt a child of the first. What the user has put there stays.
/// </summary>
internal static class TraceHeaders
{
    private static readonly HttpRequestOptionsKey<IReadOnlyCollection<string>> s_injected = new("ClientLb.Trace.Injected");
    private static readonly HttpRequestOptionsKey<IReadOnlyCollection<string>> s_own = new("ClientLb.Trace.Own");

    private static volatile Known? s_known;

    /// <summary>Lets a propagator put its headers into a request, and notes which of them were not there before. Only where there is a span.</summary>
    public static void Inject(
        DistributedContextPropagator propagator, Activity? activity, HttpRequestMessage request, DistributedContextPropagator.PropagatorSetterCallback? setter)
    {
        var missing = MissingOf(request, FieldsOf(propagator));
        propagator.Inject(activity, request, setter);
        if (missing.Length != 0)
        {
            // A request may be sent twice by somebody above.
            request.Options.Set(s_injected, request.Options.TryGetValue(s_injected, out var before) ? [.. before.Union(missing)] : missing);
        }
    }

    /// <summary>Takes out of a copy what an attempt has put into the original.</summary>
    /// <param name="original">The original.</param>
    /// <param name="copy">The copy, or the original itself.</param>
    public static void RemoveInjected(HttpRequestMessage original, HttpRequestMessage copy)
    {
        if (original.Options.TryGetValue(s_injected, out var fields))
        {
            Remove(copy, fields, null);
        }
    }

    /// <summary>Where the handlers are not ours nobody says what they put in: what of a trace is there before the first attempt is the user's.</summary>
    public static void NoteOwn(HttpRequestMessage request)
    {
        var headers = request.Headers.NonValidated;
        List<string>? own = null;
        foreach (var field in FieldsOf(DistributedContextPropagator.Current))
        {
            if (headers.Contains(field))
            {
                (own ??= []).Add(field);
            }
        }

        if (own is not null && !request.Options.TryGetValue(s_own, out _))
        {
            request.Options.Set(s_own, own);
        }
    }

    /// <summary>Takes out of a copy what was not there before the first attempt.</summary>
    public static void RemoveAllButOwn(HttpRequestMessage original, HttpRequestMessage copy) =>
        Remove(copy, FieldsOf(DistributedContextPropagator.Current), original.Options.TryGetValue(s_own, out var own) ? own : null);

    private static void Remove(HttpRequestMessage request, IReadOnlyCollection<string> fields, IReadOnlyCollection<string>? but)
    {
        foreach (var field in fields)
        {
            if ((but is null || !but.Contains(field)) && request.Headers.NonValidated.Contains(field))
            {
                request.Headers.Remove(field);
            }
        }
    }

    private static string[] MissingOf(HttpRequestMessage request, string[] fields)
    {
        var headers = request.Headers.NonValidated;
        foreach (var field in fields)
        {
            if (headers.Contains(field))
            {
                return Array.FindAll(fields, other => !request.Headers.NonValidated.Contains(other));
            }
        }

        // Nearly always, and then nothing is made for it.
        return fields;
    }

    private static string[] FieldsOf(DistributedContextPropagator propagator)
    {
        // To go through a collection that is only known by its interface costs an enumerator for each request.
        var known = s_known;
        if (known?.Propagator != propagator)
        {
            s_known = known = new Known(propagator, [.. propagator.Fields]);
        }

        return known.Fields;
    }

    private sealed record Known(DistributedContextPropagator Propagator, string[] Fields);
}
