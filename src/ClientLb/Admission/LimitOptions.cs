using ClientLb.Settings;

namespace ClientLb.Admission;

/// <summary>
/// How many attempts may wait for answers at once. An attempt counts until the head of its answer has come: open bodies and streams count for no limit.
/// </summary>
public sealed class LimitOptions
{
    /// <summary>
    /// The most attempts that this process has in flight at one endpoint; one that is full is passed over. 0, the default, is no limit: what a server bears only its
    /// owner knows, and <see cref="Adaptive"/> bounds what is seen to be too much.
    /// </summary>
    public int EndpointInFlight { get; set; }

    /// <summary>The most attempts that this process has in flight in the whole cluster. 0, the default, is no limit.</summary>
    public int InFlight { get; set; }

    /// <summary>
    /// How many calls may wait for a place, first come first served, when every endpoint or the cluster is full. Default 0: such a call is refused at once
    /// (<c>CallFailureReason.AllAtLimit</c>), since in an overload a queue only adds to every call's time.
    /// </summary>
    public int QueueLength { get; set; }

    /// <summary>How long a call waits for a place; then it is refused (<c>CallFailureReason.QueueTimeout</c>). Default 1 s.</summary>
    public TimeSpan QueueTimeout { get; set; } = TimeSpan.FromSeconds(1);

    /// <summary>The limit of an endpoint in distress.</summary>
    public AdaptiveLimitOptions Adaptive { get; } = new();

    internal static SettingsSchema<LimitOptions> Schema { get; } = new SettingsSchema<LimitOptions>()
        .Whole(nameof(EndpointInFlight), static o => o.EndpointInFlight, static (o, v) => o.EndpointInFlight = v, 0, 262_142)
        .Whole(nameof(InFlight), static o => o.InFlight, static (o, v) => o.InFlight = v, 0, 10_000_000)
        .Whole(nameof(QueueLength), static o => o.QueueLength, static (o, v) => o.QueueLength = v, 0, 1_000_000)
        .Duration(nameof(QueueTimeout), static o => o.QueueTimeout, static (o, v) => o.QueueTimeout = v, TimeSpan.FromMilliseconds(1), TimeSpan.FromMinutes(10))
        .Section(nameof(Adaptive), static o => o.Adaptive, AdaptiveLimitOptions.Schema);
}
