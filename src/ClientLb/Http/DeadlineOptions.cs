using ClientLb.Settings;

namespace ClientLb.Http;

/// <summary>How a client tells servers for how long it waits, so that they stop working on what was given up.</summary>
public sealed class DeadlineOptions
{
    /// <summary>
    /// The header that tells for how many milliseconds an attempt may still take: the least of <see cref="Calls.TimeoutOptions.Attempt"/> and of what is left of the call. Where the
    /// caller has set it himself it is a limit of the whole call, which is reduced by what was spent and never raised. Default <c>X-Request-Timeout-Ms</c>, which
    /// <c>UseClientLb()</c> reads; empty: it is neither read nor sent. Requests of content type <c>application/grpc</c> have <c>grpc-timeout</c> instead.
    /// </summary>
    public string Header { get; set; } = "X-Request-Timeout-Ms";

    /// <summary>
    /// Which calls send it. Default <see cref="DeadlineSending.WhenSet"/>: a first header costs a call some 190 bytes, and a server that heeds it also cuts off an answer
    /// that takes longer than <see cref="Calls.TimeoutOptions.Attempt"/> to stream.
    /// </summary>
    public DeadlineSending Send { get; set; }

    internal static SettingsSchema<DeadlineOptions> Schema { get; } = new SettingsSchema<DeadlineOptions>()
        .Text(nameof(Header), static o => o.Header ?? "", static (o, v) => o.Header = v ?? "", HeaderCopy.IsNameOrEmpty, HeaderCopy.NameOrEmpty)
        .Choice(nameof(Send), static o => o.Send, static (o, v) => o.Send = v);
}
