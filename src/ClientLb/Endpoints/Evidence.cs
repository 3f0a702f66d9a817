namespace ClientLb.Endpoints;

/// <summary>What was seen, from a closed set: the detail behind an <see cref="OutcomeKind"/> for health, logs and metrics.</summary>
public enum Evidence : byte
{
    /// <summary>Nothing went wrong.</summary>
    None,

    /// <summary>The connection was refused: nobody listens. Hard evidence.</summary>
    Refused,

    /// <summary>No connection in time, or no route to the host. Hard evidence.</summary>
    Unreachable,

    /// <summary>The host name does not resolve. Hard evidence.</summary>
    NameNotResolved,

    /// <summary>The TLS handshake failed. Hard evidence.</summary>
    TlsFailed,

    /// <summary>The connection broke after the request may have been read. Soft evidence.</summary>
    Reset,

    /// <summary>The peer broke the protocol. Soft evidence.</summary>
    ProtocolError,

    /// <summary>No answer within the attempt's time. Soft evidence.</summary>
    AttemptTimeout,

    /// <summary>Several attempts in flight and no byte while others answered. Hard evidence.</summary>
    Stalled,

    /// <summary>The body broke off. Soft evidence.</summary>
    BodyBroken,

    /// <summary>A status that counts as a failure, 5xx by default. Soft evidence.</summary>
    ErrorStatus,

    /// <summary>A status that asks for rest: 429, or 503 with <c>Retry-After</c>.</summary>
    OverloadStatus,

    /// <summary>The peer refused the HTTP/2 stream without processing it.</summary>
    StreamRefused,

    /// <summary>The caller cancelled.</summary>
    CallerCancelled,

    /// <summary>The call's own time was up.</summary>
    CallTimeout,

    /// <summary>An exception that says nothing of the endpoint, for example from the request's own content.</summary>
    CallerError,

    /// <summary>Its active checks fail. Soft evidence.</summary>
    CheckFailed,

    /// <summary>It answers much more slowly than it may, or than its peers. Soft evidence.</summary>
    Slow,

    /// <summary>It fails more often than its peers. Soft evidence.</summary>
    WorseThanPeers,

    /// <summary>Somebody has ordered it.</summary>
    Ordered,

    /// <summary>It was cut off because its endpoint drained and the time for that was over. It says nothing of the endpoint.</summary>
    Drained,

    /// <summary>A gRPC status that counts as a failure, in headers or trailers. Soft evidence.</summary>
    GrpcStatus,

    /// <summary>Another attempt of the same call, which was hedged, answered first. It says nothing of the endpoint but that it was slower.</summary>
    Overtaken,

    /// <summary>The client may open no further connection to it, and none had a stream to spare. It says nothing of the endpoint.</summary>
    ConnectionLimit,
}
