namespace ClientLb.Endpoints;

/// <summary>Where an endpoint runs. Both parts may be unknown (empty).</summary>
/// <param name="Region">The region or data centre, for example the Consul data centre.</param>
/// <param name="Zone">The zone inside the region.</param>
public sealed record Locality(string Region, string Zone)
{
    /// <summary>Nothing is known of the place.</summary>
    public static Locality Unknown { get; } = new("", "");
}
