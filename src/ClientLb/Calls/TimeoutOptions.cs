using ClientLb.Settings;

namespace ClientLb.Calls;

/// <summary>The clocks of a client.</summary>
public sealed class TimeoutOptions
{
    private TimeSpan? _attempt;

    /// <summary>How long opening a connection may take, TLS included. Default 1 s: inside a data centre it takes milliseconds.</summary>
    public TimeSpan Connect { get; set; } = TimeSpan.FromSeconds(1);

    /// <summary>How long one attempt may take to the answer's headers. Default 10 s.</summary>
    public TimeSpan Attempt
    {
        get => _attempt ?? Preset.Attempt;
        set => _attempt = value;
    }

    /// <summary>How long the body may send nothing while it is read. Default 30 s; <c>00:00:00</c> turns it off.</summary>
    public TimeSpan BodyIdle { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>How long the whole call may take to the answer's headers, all attempts and waits included. Default 30 s.</summary>
    public TimeSpan Call { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>What holds where nothing is set.</summary>
    internal PresetNumbers Preset { get; set; } = PresetNumbers.Of(default);

    internal static SettingsSchema<TimeoutOptions> Schema { get; } = new SettingsSchema<TimeoutOptions>()
        .Duration(nameof(Connect), static o => o.Connect, static (o, v) => o.Connect = v, TimeSpan.FromMilliseconds(10), TimeSpan.FromMinutes(5))
        .Duration(nameof(Attempt), static o => o.Attempt, static (o, v) => o.Attempt = v, TimeSpan.FromMilliseconds(10), TimeSpan.FromHours(1))
        .Duration(nameof(BodyIdle), static o => o.BodyIdle, static (o, v) => o.BodyIdle = v, TimeSpan.Zero, TimeSpan.FromHours(24))
        .Duration(nameof(Call), static o => o.Call, static (o, v) => o.Call = v, TimeSpan.FromMilliseconds(10), TimeSpan.FromHours(24))
        .Rule(static (path, o, errors) =>
        {
            if (o.Attempt > o.Call)
            {
                errors.Add($"{path}:{nameof(Attempt)}", Durations.Format(o.Attempt), $"at most {nameof(Call)} ({Durations.Format(o.Call)})");
            }

            if (o.Connect > o.Attempt)
            {
                errors.Add($"{path}:{nameof(Connect)}", Durations.Format(o.Connect), $"at most {nameof(Attempt)} ({Durations.Format(o.Attempt)})");
            }
        });
}
