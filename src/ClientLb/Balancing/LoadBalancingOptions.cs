using ClientLb.Settings;

namespace ClientLb.Balancing;

/// <summary>
/// What policies may be told beside their name: section <c>ClientLb:Clusters:{name}:LoadBalancing</c>. A policy reads what concerns it.
/// </summary>
public sealed class LoadBalancingOptions
{
    /// <summary>
    /// <c>least_request</c>: how many members are drawn at random and compared, 2 to 100; where it reaches their number all are. <c>least_connections</c>
    /// and <c>least_response_time</c> likewise, above 32 members. Default 2: most of the gain for the least work.
    /// </summary>
    public int Choices { get; set; } = 2;

    /// <summary>
    /// <c>least_request</c> with weights: members are compared by ((in flight + 1)^bias − 1) / weight, the order of Envoy's weight / (in flight + 1)^bias
    /// with idle ones equal. 0 leaves what is in flight out of account; above 1 busy ones are avoided more. Default 1: in flight / weight.
    /// </summary>
    public double ActiveRequestBias { get; set; } = 1;

    /// <summary>
    /// The hashing policies: no member gets more than this times the mean load, relative to its weight; what is above goes to the next one
    /// of the key. 1.25 is a usual value, closer to 1 moves more keys. Default 0: no bound.
    /// </summary>
    public double BoundedLoad { get; set; }

    /// <summary>How new and returning endpoints are let in. Default: at once.</summary>
    public SlowStartOptions SlowStart { get; } = new();

    /// <summary>
    /// The part of its weight that an endpoint keeps while it is degraded: its active checks say so, or the source (Consul: <c>warning</c>). Default 0.5; 0
    /// uses it only where no healthy one is left.
    /// </summary>
    public double DegradedWeight { get; set; } = 0.5;

    /// <summary><c>weighted_by_load</c>: how reports become weights.</summary>
    public ByLoadOptions ByLoad { get; } = new();

    /// <summary>
    /// <c>recall</c>: the header of an answer in which the server says how many requests it has in flight, this one included, usually
    /// <c>x-requests-in-flight</c>. Then what other clients send there counts too. Default: none, and no header is looked for.
    /// </summary>
    public string? InFlightHeader { get; set; }

    internal static SettingsSchema<LoadBalancingOptions> Schema { get; } = new SettingsSchema<LoadBalancingOptions>()
        .Whole(nameof(Choices), static o => o.Choices, static (o, v) => o.Choices = v, 2, 100)
        .Number(nameof(ActiveRequestBias), static o => o.ActiveRequestBias, static (o, v) => o.ActiveRequestBias = v, 0, 10)
        .Number(nameof(BoundedLoad), static o => o.BoundedLoad, static (o, v) => o.BoundedLoad = v, 0, 100)
        .Number(nameof(DegradedWeight), static o => o.DegradedWeight, static (o, v) => o.DegradedWeight = v, 0, 1)
        .Section(nameof(SlowStart), static o => o.SlowStart, SlowStartOptions.Schema)
        .Section(nameof(ByLoad), static o => o.ByLoad, ByLoadOptions.Schema)
        .Text(nameof(InFlightHeader), static o => o.InFlightHeader, static (o, v) => o.InFlightHeader = v, IsHeaderName, "the name of a header: letters, digits, - _ .")
        .Rule(static (path, options, errors) =>
        {
            if (options.BoundedLoad is > 0 and <= 1)
            {
                errors.Add(path + ":" + nameof(BoundedLoad), options.BoundedLoad, "0 for no bound, or a factor above 1, for example 1.25");
            }
        });

    private static bool IsHeaderName(string name) => name.Length > 0 && name.All(static c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_' or '.');
}
