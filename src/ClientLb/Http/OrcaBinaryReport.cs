using System.Buffers.Binary;
using System.Text;
using ClientLb.Endpoints;

namespace ClientLb.Http;

/// <summary>
/// Base64 of an <c>xds.data.orca.v3.OrcaLoadReport</c> in the wire format of Protocol Buffers: the fields that weights need, all of type double,
/// and the way past the others.
/// </summary>
internal static class OrcaBinaryReport
{
    private const int CpuUtilization = 1;
    private const int MemoryUtilization = 2;
    private const int Utilization = 5;
    private const int RequestsPerSecond = 6;
    private const int ErrorsPerSecond = 7;
    private const int NamedMetrics = 8;
    private const int ApplicationUtilization = 9;
    private const int LongestName = 256;

    public static bool TryParse(ReadOnlySpan<char> base64, string[] metrics, out LoadReport report)
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
        return Convert.TryFromBase64Chars(padded[..length], bytes, out var count) && TryParse(bytes[..count], metrics, out report);
    }

    /// <summary>Reads the message itself. The last of several values of one field counts.</summary>
    public static bool TryParse(ReadOnlySpan<byte> message, string[] metrics, out LoadReport report)
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
                    if (!TrySet(ref read, (int)(tag >> 3), value, metrics))
                    {
                        return false;
                    }

                    break;
                case 2 when TryVarint(ref message, out var length) && length <= (ulong)message.Length:
                    if (metrics.Length > 0 && MapOf((int)(tag >> 3)) is { Length: > 0 } map && !TryEntry(message[..(int)length], map, metrics, ref read))
                    {
                        return false;
                    }

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

    private static string MapOf(int field) => field switch
    {
        Utilization => "utilization.",
        NamedMetrics => "named_metrics.",
        _ => "",
    };

    /// <summary>An entry of a map: a message of a key (1, a text) and a value (2, a double), written in this order by all that write it.</summary>
    private static bool TryEntry(ReadOnlySpan<byte> entry, string map, string[] metrics, ref LoadReport report)
    {
        if (!TryVarint(ref entry, out var tag) || tag != ((1 << 3) | 2) || !TryVarint(ref entry, out var length) || length > (ulong)entry.Length)
        {
            // No key at all is the empty one, which nobody chooses.
            return true;
        }

        var key = entry[..(int)length];
        entry = entry[(int)length..];
        if (key.Length > LongestName || !TryVarint(ref entry, out tag) || tag != ((2 << 3) | 1) || entry.Length < sizeof(double))
        {
            return true;
        }

        Span<char> name = stackalloc char[LongestName];
        var count = Encoding.UTF8.GetChars(key, name);
        return !OrcaReport.IsChosen(map, name[..count], metrics) || TryChoose(ref report, BinaryPrimitives.ReadDoubleLittleEndian(entry));
    }

    private static bool TryChoose(ref LoadReport report, double value)
    {
        if (!OrcaReport.IsFigure(value))
        {
            return false;
        }

        report = report with { ChosenUtilization = Math.Max(report.ChosenUtilization, (float)value) };
        return true;
    }

    private static string NameOf(int field) => field switch
    {
        CpuUtilization => "cpu_utilization",
        MemoryUtilization => "mem_utilization",
        ApplicationUtilization => "application_utilization",
        _ => "",
    };

    private static bool TrySet(ref LoadReport report, int field, double value, string[] metrics)
    {
        if (metrics.Length > 0 && NameOf(field) is { Length: > 0 } name && OrcaReport.IsChosen("", name, metrics) && !TryChoose(ref report, value))
        {
            return false;
        }

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
