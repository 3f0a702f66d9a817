using ClientLb.Settings;

namespace ClientLb.Balancing;

/// <summary>
/// Slow start: a new or returning endpoint begins with a part of its weight, which grows to the whole. The factor is
/// max(minimum, (age / window)^(1 / aggression)), as in Envoy. It is of no use when all endpoints are new, and then does nothing.
/// </summary>
public sealed class SlowStartOptions
{
    /// <summary>How long it takes. Default 0: off; 10 s is a usual value. <c>recall</c> lets newcomers in gently by itself.</summary>
    public TimeSpan Window { get; set; }

    /// <summary>The least part of the weight. Default 0.1.</summary>
    public double Minimum { get; set; } = 0.1;

    /// <summary>1 grows evenly, more grows quickly at first. Default 1.</summary>
    public double Aggression { get; set; } = 1;

    internal static SettingsSchema<SlowStartOptions> Schema { get; } = new SettingsSchema<SlowStartOptions>()
        .Duration(nameof(Window), static o => o.Window, static (o, v) => o.Window = v, TimeSpan.Zero, TimeSpan.FromHours(1))
        .Number(nameof(Minimum), static o => o.Minimum, static (o, v) => o.Minimum = v, 0.001, 1)
        .Number(nameof(Aggression), static o => o.Aggression, static (o, v) => o.Aggression = v, 0.1, 100);
}
