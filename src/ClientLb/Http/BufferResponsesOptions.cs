using ClientLb.Settings;

namespace ClientLb.Http;

/// <summary>
/// Reads small bodies of answers before the caller gets the answer, so that one that breaks off is tried again elsewhere like any other failure. Off by default: without
/// it only what happens before the answer's headers is made good.
/// </summary>
/// <remarks>
/// Only for calls that may be repeated, and never for answers without a body, upgrades and streams. The body's time belongs to the attempt then:
/// <see cref="Calls.TimeoutOptions.Attempt"/> and <see cref="Calls.TimeoutOptions.Call"/> last to its end, and it counts among what is in flight. A body larger than
/// <see cref="MaxBytes"/> goes on as without it, what was read of it first.
/// </remarks>
public sealed class BufferResponsesOptions
{
    /// <summary>True: bodies are read first. Default false: it costs memory and the time to the first byte.</summary>
    public bool Enabled { get; set; }

    /// <summary>The largest body that is read first, in bytes as the caller would read them. Default 65536 (64 KB); 1 to 1048576.</summary>
    public int MaxBytes { get; set; } = 64 * 1024;

    internal static SettingsSchema<BufferResponsesOptions> Schema { get; } = new SettingsSchema<BufferResponsesOptions>()
        .Flag(nameof(Enabled), static o => o.Enabled, static (o, v) => o.Enabled = v)
        .Whole(nameof(MaxBytes), static o => o.MaxBytes, static (o, v) => o.MaxBytes = v, 1, 1024 * 1024);
}
