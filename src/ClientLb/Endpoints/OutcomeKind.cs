namespace ClientLb.Endpoints;

/// <summary>What an attempt says of the endpoint.</summary>
public enum OutcomeKind : byte
{
    /// <summary>An answer, client errors included (other than 408, 425, 429): the endpoint is alive.</summary>
    Success,

    /// <summary>It says nothing of the endpoint: the caller cancelled early, or another attempt was quicker.</summary>
    Ignored,

    /// <summary>Provably never reached the application there: any call may be tried elsewhere.</summary>
    NotSent,

    /// <summary>"Not now": 429, or 503 with <c>Retry-After</c>. The endpoint is rested, not ejected.</summary>
    Overloaded,

    /// <summary>Failed after it may have acted: reset, 5xx, attempt timeout. Only idempotent calls are tried elsewhere.</summary>
    Failure,
}
