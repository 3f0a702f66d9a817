using System.Buffers.Binary;
using ClientLb.Endpoints;

namespace ClientLb.Http;

/// <summary>
/// Base64 of an <c>xds.data.orca.v3.OrcaLoadReport</c> in the wire format of Protocol Buffers: four of its fields, all of type double, and the way past
/// the others.
/// </summary>
internal static class OrcaBinaryReport
{
    private const int CpuUtilization = 1;
    private const int RequestsPerSecond = 6;
    private const int ErrorsPerSecond = 7;
    private const int ApplicationUtilization = 9;

    public static bool TryParse(ReadOnlySpan<char> base64, out LoadReport report)
    {
        report = default;

        // gRPC joins the values of one name by commas: the first is as good as any.
        var comma = base64.IndexOf(',');
        base64 = (comma < 0 ? base64 : base64[..comma]).Trim();
        if (base64.Length > OrcaReport.Longest)
        {
            return false;
        }

        // gRPC leaves the padding out, .NET insists on it.
        Span<char> padded = stackalloc char[OrcaReport.Longest + 4];
        base64.CopyTo(padded);
        var length = (base64.Length + 3) & ~3;
        padded[base64.Length..length].Fill('=');
        Span<byte> bytes = stackalloc byte[OrcaReport.Longest];
        return Convert.TryFromBase64Chars(padded[..length], bytes, out var count) && TryParse(bytes[..count], out report);
    }

    /// <summary>Reads the message itself. The last of several values of one field counts.</summary>
    public static bool TryParse(ReadOnlySpan<byte> message, out LoadReport report)
    {
        report = default;
        var read = default(LoadReport);
        while (!message.IsEmpty)
        {
            if (!TryVarint(ref message, out var tag) || tag >> 3 is 0 or > int.MaxValue)
            {
                return false;
            }

            switch (tag & 7)
            {
                case 0 when TryVarint(ref message, out _):
                    break;
                case 1 when message.Length >= sizeof(double):
                    var value = BinaryPrimitives.ReadDoubleLittleEndian(message);
                    message = message[sizeof(double)..];
                    if (!TrySet(ref read, (int)(tag >> 3), value))
                    {
                        return false;
                    }

                    break;
                case 2 when TryVarint(ref message, out var length) && length <= (ulong)message.Length:
                    message = message[(int)length..];
                    break;
                case 5 when message.Length >= sizeof(float):
                    message = message[sizeof(float)..];
                    break;
                default:
                    return false;
            }
        }

        report = read;
        return true;
    }

    private static bool TrySet(ref LoadReport report, int field, double value)
    {
        if (field is not (CpuUtilization or RequestsPerSecond or ErrorsPerSecond or ApplicationUtilization))
        {
            return true;
        }

        if (!OrcaReport.IsFigure(value))
        {
            return false;
        }

        var figure = (float)value;
        report = field switch
        {
            CpuUtilization => report with { CpuUtilization = figure },
            RequestsPerSecond => report with { RequestsPerSecond = figure },
            ErrorsPerSecond => report with { ErrorsPerSecond = figure },
            _ => report with { ApplicationUtilization = figure },
        };
        return true;
    }

    private static bool TryVarint(ref ReadOnlySpan<byte> message, out ulong value)
    {
        value = 0;
        for (var i = 0; i < Math.Min(10, message.Length); i++)
        {
            value |= (ulong)(message[i] & 0x7f) << (7 * i);
            if (message[i] < 0x80)
            {
                message = message[(i + 1)..];
                return true;
            }
        }

        return false;
    }
}
