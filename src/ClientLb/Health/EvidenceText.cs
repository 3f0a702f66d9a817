using ClientLb.Endpoints;
using ClientLb.Telemetry;

namespace ClientLb.Health;

/// <summary>Evidence in words that a person can read.</summary>
internal static class EvidenceText
{
    public static string Of(in AttemptReport report) => report.Evidence switch
    {
        Evidence.Refused => "connection refused",
        Evidence.Unreachable => "unreachable",
        Evidence.NameNotResolved => "host name not resolved",
        Evidence.TlsFailed => "TLS handshake failed",
        Evidence.Reset => "connection broken",
        Evidence.ProtocolError => "protocol error",
        Evidence.AttemptTimeout => "no answer in time",
        Evidence.Stalled => "given up because the endpoint stalled",
        Evidence.BodyBroken => "body broken off",
        Evidence.StreamRefused => "stream refused",
        Evidence.ConnectionLimit => "no further connection allowed",
        Evidence.ErrorStatus or Evidence.OverloadStatus or Evidence.GrpcStatus => OfStatus(report.StatusCode),
        var other => other.ToString(),
    };

    /// <summary>A status: those of gRPC are small numbers, those of HTTP have three digits.</summary>
    public static string OfStatus(int status) => status < 100
        ? FormattableString.Invariant($"gRPC status {GrpcStatusNames.Of(status)}")
        : FormattableString.Invariant($"status {status}");
}
