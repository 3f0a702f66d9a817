using ClientLb.Settings;

namespace ClientLb.Http;

/// <summary>
/// What counts as a failure of an endpoint. It decides twice: whether the endpoint is held to it, and whether a call that may be repeated is made again.
/// </summary>
public sealed class OutcomeOptions
{
    /// <summary>
    /// Statuses that are failures: codes and ranges. Default <c>408, 425, 500, 502-504, 506-999</c>: 501 and 505 are not among them, because every instance of the
    /// same build answers so. 429, and 503 with <c>Retry-After</c>, rest the endpoint whether they stand here or not. Empty: no status is a failure.
    /// </summary>
    public IList<string> FailureStatuses { get; } = ["408", "425", "500", "502-504", "506-999"];

    /// <summary>
    /// Decides for one answer whether it is a failure, before <see cref="FailureStatuses"/> and before 429 and <c>Retry-After</c>; <see langword="null"/> leaves it to
    /// them. In code only. It sees status and headers of every answer, good ones included, and must be quick, must not read the body, and must not
    /// change the answer. What it throws is logged once, and the other rules decide. Default: none.
    /// </summary>
    public Func<HttpResponseMessage, bool?>? IsFailure { get; set; }

    internal static SettingsSchema<OutcomeOptions> Schema { get; } = new SettingsSchema<OutcomeOptions>()
        .List(nameof(FailureStatuses), static o => o.FailureStatuses, static text => StatusRange.TryParse(text, out _),
            "a list of status codes and ranges from 200 to 999, for example 500, 502-504");
}
