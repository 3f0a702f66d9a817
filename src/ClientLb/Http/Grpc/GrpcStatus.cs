using System.Globalization;

namespace ClientLb.Http.Grpc;

/// <summary>The statuses of gRPC (grpc/doc/statuscodes.md), which stand in a header or a trailer and not in HTTP's own status.</summary>
internal static class GrpcStatus
{
    public const int Ok = 0;
    public const int Cancelled = 1;
    public const int Unknown = 2;
    public const int DeadlineExceeded = 4;
    public const int ResourceExhausted = 8;
    public const int Unavailable = 14;

    private static readonly string[] s_names =
    [
        "OK", "CANCELLED", "UNKNOWN", "INVALID_ARGUMENT", "DEADLINE_EXCEEDED", "NOT_FOUND", "ALREADY_EXISTS", "PERMISSION_DENIED", "RESOURCE_EXHAUSTED",
        "FAILED_PRECONDITION", "ABORTED", "OUT_OF_RANGE", "UNIMPLEMENTED", "INTERNAL", "UNAVAILABLE", "DATA_LOSS", "UNAUTHENTICATED",
    ];

    /// <summary>The name of a status, or its number where it has none.</summary>
    public static string NameOf(int status) =>
        (uint)status < (uint)s_names.Length ? s_names[status] : status.ToString(CultureInfo.InvariantCulture);

    /// <summary>Reads a name other than OK.</summary>
    public static bool TryParseName(string name, out int status)
    {
        status = Array.FindIndex(s_names, known => known.Equals(name, StringComparison.OrdinalIgnoreCase));
        return status > Ok;
    }

    /// <summary>Reads the value of <c>grpc-status</c>. What is no number from 0 on is UNKNOWN, as gRPC's own clients have it.</summary>
    public static int Parse(string value) =>
        int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out var status) ? status : Unknown;

    /// <summary>A set of statuses as bits.</summary>
    public static uint MaskOf(IEnumerable<string> names)
    {
        var mask = 0u;
        foreach (var name in names)
        {
            if (TryParseName(name, out var status))
            {
                mask |= 1u << status;
            }
        }

        return mask;
    }

    /// <summary>Whether a status is in a set.</summary>
    public static bool IsIn(uint mask, int status) => (uint)status < 32 && (mask >> status & 1) != 0;
}
