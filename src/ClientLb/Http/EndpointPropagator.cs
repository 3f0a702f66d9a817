using System.Diagnostics;
using ClientLb.Telemetry;

namespace ClientLb.Http;

/// <summary>Puts cluster, endpoint and attempt on the span of the HTTP client; propagates as the wrapped propagator does.</summary>
/// <remarks>
/// The one place where owned connections can reach that span: in a handler above, <see cref="Activity.Current"/> is the caller's
/// server span, where these tags would be a lie.
/// </remarks>
internal sealed class EndpointPropagator : DistributedContextPropagator
{
    /// <summary>The number of the attempt, 1 for the first; set on requests from the second on.</summary>
    public static readonly HttpRequestOptionsKey<int> AttemptKey = new("ClientLb.Attempt");

    private const string HttpSpan = "System.Net.Http.HttpRequestOut";

    private readonly DistributedContextPropagator? _wrapped;
    private readonly string _cluster;
    private readonly string _endpoint;

    /// <param name="wrapped">What the user set; <see langword="null"/> follows <see cref="DistributedContextPropagator.Current"/>.</param>
    /// <param name="cluster">The cluster's name.</param>
    /// <param name="endpoint">The endpoint's id.</param>
    public EndpointPropagator(DistributedContextPropagator? wrapped, string cluster, string endpoint)
    {
        _wrapped = wrapped;
        _cluster = cluster;
        _endpoint = endpoint;
    }

    public override IReadOnlyCollection<string> Fields => Wrapped.Fields;

    // Read late: the telemetry of an application is often set up after its first clients.
    private DistributedContextPropagator Wrapped => _wrapped ?? Current;

    public override void Inject(Activity? activity, object? carrier, PropagatorSetterCallback? setter)
    {
        if (activity is { IsAllDataRequested: true, OperationName: HttpSpan })
        {
            activity.SetTag(ClientLbTelemetry.ClusterTag, _cluster);
            activity.SetTag(ClientLbTelemetry.EndpointTag, _endpoint);
            if (carrier is HttpRequestMessage request && request.Options.TryGetValue(AttemptKey, out var attempt) && attempt > 1)
            {
                activity.SetTag(ClientLbTelemetry.AttemptTag, attempt);
            }
        }

        if (carrier is HttpRequestMessage sent)
        {
            TraceHeaders.Inject(Wrapped, activity, sent, setter);
        }
        else
        {
            Wrapped.Inject(activity, carrier, setter);
        }
    }

    public override void ExtractTraceIdAndState(
        object? carrier,
        PropagatorGetterCallback? getter,
        out string? traceId,
        out string? traceState) =>
        Wrapped.ExtractTraceIdAndState(carrier, getter, out traceId, out traceState);

    public override IEnumerable<KeyValuePair<string, string?>>? ExtractBaggage(object? carrier, PropagatorGetterCallback? getter) =>
        Wrapped.ExtractBaggage(carrier, getter);
}
