using ClientLb.Endpoints;

namespace ClientLb.Clusters;

/// <summary>Makes an endpoint that has come ready for its first calls.</summary>
internal interface IEndpointPreparer
{
    /// <summary>The longest that it may take: the endpoint gets its calls then all the same, and its health judges it.</summary>
    TimeSpan Limit { get; }

    /// <summary>Makes it ready. That it fails does not matter.</summary>
    Task PrepareAsync(Endpoint endpoint, CancellationToken cancellationToken);
}
