namespace ClientLb.Settings;

/// <summary>The numbers of a preset.</summary>
internal sealed record PresetNumbers
{
    private static readonly PresetNumbers s_standard = new();

    private static readonly PresetNumbers s_minimal = new() { MaxAttempts = 2, BudgetRatio = 0.1, BudgetMinTokens = 5 };

    // Four attempts of five seconds fit into the thirty of a call; four of ten would not.
    private static readonly PresetNumbers s_aggressive = new()
    {
        MaxAttempts = 4,
        BaseDelay = TimeSpan.FromMilliseconds(10),
        MaxDelay = TimeSpan.FromMilliseconds(100),
        Attempt = TimeSpan.FromSeconds(5),
        BudgetRatio = 0.5,
        BudgetMinTokens = 20,
    };

    /// <summary>A client's <c>Retry:MaxAttempts</c>.</summary>
    public int MaxAttempts { get; private init; } = 3;

    /// <summary>A client's <c>Retry:BaseDelay</c>.</summary>
    public TimeSpan BaseDelay { get; private init; } = TimeSpan.FromMilliseconds(25);

    /// <summary>A client's <c>Retry:MaxDelay</c>.</summary>
    public TimeSpan MaxDelay { get; private init; } = TimeSpan.FromMilliseconds(250);

    /// <summary>A client's <c>Timeouts:Attempt</c>.</summary>
    public TimeSpan Attempt { get; private init; } = TimeSpan.FromSeconds(10);

    /// <summary>A cluster's <c>RetryBudget:Ratio</c>.</summary>
    public double BudgetRatio { get; private init; } = 0.2;

    /// <summary>A cluster's <c>RetryBudget:MinTokens</c>.</summary>
    public int BudgetMinTokens { get; private init; } = 10;

    /// <summary>The numbers of a preset; one that is not known is told by the validation of the options.</summary>
    public static PresetNumbers Of(Preset preset) => preset switch
    {
        Preset.Minimal => s_minimal,
        Preset.Aggressive => s_aggressive,
        _ => s_standard,
    };
}
