namespace ClientLb.Telemetry;

/// <summary>The names that ClientLb says aloud. Renaming one is a breaking change.</summary>
public static class ClientLbTelemetry
{
    /// <summary>The name of the meter.</summary>
    public const string MeterName = "ClientLb";

    /// <summary>The name of the activity source.</summary>
    public const string ActivitySourceName = "ClientLb";

    /// <summary>The tag with the cluster's name, on metrics and spans.</summary>
    public const string ClusterTag = "clientlb.cluster";

    /// <summary>The tag with the endpoint's id, on metrics and spans.</summary>
    public const string EndpointTag = "clientlb.endpoint";

    /// <summary>The tag with the number of the attempt, on the spans of second and further attempts.</summary>
    public const string AttemptTag = "clientlb.attempt";

    /// <summary>The tag with what an attempt said of its endpoint: <c>success</c>, <c>ignored</c>, <c>not_sent</c>, <c>overloaded</c>, <c>failure</c>.</summary>
    public const string OutcomeTag = "clientlb.outcome";

    /// <summary>The tag with a reason from a closed set.</summary>
    public const string ReasonTag = "clientlb.reason";

    /// <summary>The tag with the state of an endpoint.</summary>
    public const string StateTag = "clientlb.state";
}
