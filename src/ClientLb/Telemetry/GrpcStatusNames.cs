using System.Globalization;

namespace ClientLb.Telemetry;

/// <summary>The names of gRPC's statuses, by number (grpc/doc/statuscodes.md).</summary>
internal static class GrpcStatusNames
{
    /// <summary>All of them, OK first.</summary>
    public static string[] All { get; } =
    [
        "OK", "CANCELLED", "UNKNOWN", "INVALID_ARGUMENT", "DEADLINE_EXCEEDED", "NOT_FOUND", "ALREADY_EXISTS", "PERMISSION_DENIED", "RESOURCE_EXHAUSTED",
        "FAILED_PRECONDITION", "ABORTED", "OUT_OF_RANGE", "UNIMPLEMENTED", "INTERNAL", "UNAVAILABLE", "DATA_LOSS", "UNAUTHENTICATED",
    ];

    /// <summary>The name of a status, or its number where it has none.</summary>
    public static string Of(int status) => (uint)status < (uint)All.Length ? All[status] : status.ToString(CultureInfo.InvariantCulture);
}
