using ClientLb.Settings;

namespace ClientLb.Admission;

/// <summary>How many retries a cluster may add to its load. One budget per cluster, shared by all its clients.</summary>
public sealed class RetryBudgetOptions
{
    private double? _ratio;
    private int? _minTokens;

    /// <summary>
    /// The tokens that one success earns; a retry costs one token. Default 0.2, so retries add at most 20 % to the load that the cluster
    /// carries; 0 allows none beyond <see cref="MinTokens"/>. Funded by successes, not by calls: a budget funded by calls never lets an
    /// outage end (simulation in the docs).
    /// </summary>
    public double Ratio
    {
        get => _ratio ?? Preset.BudgetRatio;
        set => _ratio = value;
    }

    /// <summary>What the budget starts with and the least that it can hold. Default 10: a client with few calls can retry too.</summary>
    public int MinTokens
    {
        get => _minTokens ?? Preset.BudgetMinTokens;
        set => _minTokens = value;
    }

    /// <summary>The budget holds at most what this time earns. Default 10 s: longer savings would let an outage be stormed.</summary>
    public TimeSpan Horizon { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>What holds where nothing is set.</summary>
    internal PresetNumbers Preset { get; set; } = PresetNumbers.Of(default);

    internal static SettingsSchema<RetryBudgetOptions> Schema { get; } = new SettingsSchema<RetryBudgetOptions>()
        .Number(nameof(Ratio), static o => o.Ratio, static (o, v) => o.Ratio = v, 0, 10)
        .Whole(nameof(MinTokens), static o => o.MinTokens, static (o, v) => o.MinTokens = v, 0, 100_000)
        .Duration(nameof(Horizon), static o => o.Horizon, static (o, v) => o.Horizon = v, TimeSpan.FromSeconds(1), TimeSpan.FromMinutes(1));
}
