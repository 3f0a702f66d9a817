namespace ClientLb.Affinity;

/// <summary>What of a request the key of its call is made of.</summary>
public enum HashKeySource
{
    /// <summary>Calls have no key.</summary>
    None,

    /// <summary>The values of a request header.</summary>
    Header,

    /// <summary>A cookie in the request's own <c>Cookie</c> header: what the client's cookie container adds comes later and is the same for all its calls.</summary>
    Cookie,

    /// <summary>A parameter of the query, as it is escaped in the URI.</summary>
    QueryParameter,

    /// <summary>The path of the URI.</summary>
    Path,

    /// <summary>Path and query of the URI.</summary>
    PathAndQuery,

    /// <summary>
    /// The address of the client on whose behalf the call is made: from <c>X-Forwarded-For</c> where <see cref="HashKeyOptions.TrustedHops"/> allows it, else
    /// from the request option.
    /// </summary>
    ClientAddress,

    /// <summary>A text that the application has put on the request.</summary>
    RequestOption,
}
