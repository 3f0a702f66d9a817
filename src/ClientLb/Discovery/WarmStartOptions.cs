using ClientLb.Settings;

namespace ClientLb.Discovery;

/// <summary>
/// Whether the last good list of a cluster is kept on disk for a start while its source is down. Section <c>ClientLb:WarmStart</c>, read once.
/// </summary>
public sealed class WarmStartOptions
{
    /// <summary>The section.</summary>
    public const string SectionName = "ClientLb:WarmStart";

    /// <summary>
    /// Where the lists are kept: one file for each cluster and source, with mode 0600. It is created (0700) where it is missing; processes may
    /// share it. Default: none, which keeps nothing.
    /// </summary>
    public string? Directory { get; set; }

    /// <summary>
    /// How long ago the source may have confirmed a list that is still used. Default 24 h: instances move, and after a day a list is more likely to
    /// send calls to strangers than to help.
    /// </summary>
    public TimeSpan MaxAge { get; set; } = TimeSpan.FromHours(24);

    /// <summary>The largest file that is written or read, in bytes. Default 16 MiB: 5,000 instances with their metadata are about 2.</summary>
    public int MaxSize { get; set; } = 16 * 1024 * 1024;

    /// <summary>
    /// How long the source may take for its first list before the stored one serves. Default 500 ms: a registry that is well answers in less, and
    /// first calls wait no longer than that. 0 serves the stored list at once.
    /// </summary>
    public TimeSpan Patience { get; set; } = TimeSpan.FromMilliseconds(500);

    internal static SettingsSchema<WarmStartOptions> Schema { get; } = new SettingsSchema<WarmStartOptions>()
        .Text(nameof(Directory), static o => o.Directory, static (o, v) => o.Directory = v,
            static v => v.Trim().Length > 0 && !v.Contains('\0', StringComparison.Ordinal) && !File.Exists(v), "a directory, not a file")
        .Duration(nameof(MaxAge), static o => o.MaxAge, static (o, v) => o.MaxAge = v, TimeSpan.FromMinutes(1), TimeSpan.FromDays(365))
        .Whole(nameof(MaxSize), static o => o.MaxSize, static (o, v) => o.MaxSize = v, 4096, 1024 * 1024 * 1024)
        .Duration(nameof(Patience), static o => o.Patience, static (o, v) => o.Patience = v, TimeSpan.Zero, TimeSpan.FromMinutes(1));
}
