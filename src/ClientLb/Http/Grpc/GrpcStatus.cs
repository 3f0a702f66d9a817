using System.Globalization;
using ClientLb.Telemetry;

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

    /// <summary>Reads a name other than OK.</summary>
    public static bool TryParseName(string name, out int status)
    {
        status = Array.FindIndex(GrpcStatusNames.All, known => known.Equals(name, StringComparison.OrdinalIgnoreCase));
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
