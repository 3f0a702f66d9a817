using System.Buffers.Binary;
using System.Globalization;
using System.Text;

namespace ClientLb.AspNetCore.Reports;

/// <summary>
/// One report of load in the three forms of ORCA (Open Request Cost Aggregation, <c>xds.data.orca.v3.OrcaLoadReport</c>): as text and as JSON behind a
/// word for the form, and in binary as gRPC sends it.
/// </summary>
/// <param name="Cpu">The share of the processors that is used.</param>
/// <param name="Application">The utilization that the application gives; <see langword="null"/> where it gives none.</param>
/// <param name="RequestsPerSecond">Requests that ended in a second.</param>
/// <param name="ErrorsPerSecond">Those of them that failed.</param>
/// <param name="Metrics">Further figures by name.</param>
internal readonly record struct OrcaFigures(
    double Cpu, double? Application, double RequestsPerSecond, double ErrorsPerSecond, IReadOnlyList<KeyValuePair<string, double>> Metrics)
{
    /// <summary>Readers refuse a report above 4096 characters: so many metrics always fit, in every form.</summary>
    public const int MostMetrics = 20;

    /// <summary>The longest name of a metric.</summary>
    public const int LongestName = 64;

    private const byte DoubleType = 1;
    private const byte BytesType = 2;

    /// <summary>Whether a metric may have this name: none of the forms has to escape it.</summary>
    public static bool IsName(string name) =>
        name.Length is > 0 and <= LongestName && name.All(static c => char.IsAsciiLetterOrDigit(c) || c is '_' or '-' or '.');

    /// <summary>Whether a figure can stand in a report. One that is negative or no number spoils the whole of it for its readers.</summary>
    public static bool IsFigure(double value) => value is >= 0 and <= float.MaxValue;

    /// <summary>The header as text.</summary>
    public string ToText()
    {
        var text = new StringBuilder("TEXT ");
        foreach (var (name, value) in Named())
        {
            text.Append(name).Append('=').Append(Format(value)).Append(',');
        }

        foreach (var (name, value) in Metrics)
        {
            text.Append("named_metrics.").Append(name).Append('=').Append(Format(value)).Append(',');
        }

        return text.ToString(0, text.Length - 1);
    }

    /// <summary>The header as JSON.</summary>
    public string ToJson()
    {
        var text = new StringBuilder("JSON {");
        AppendMembers(text, Named());
        if (Metrics.Count > 0)
        {
            text.Append(",\"named_metrics\":{");
            AppendMembers(text, Metrics);
            text.Append('}');
        }

        return text.Append('}').ToString();
    }

    /// <summary>The message in Base64 without padding, as gRPC sends headers whose names end with <c>-bin</c>.</summary>
    public string ToBinary()
    {
        var message = new List<byte>();
        AppendDouble(message, 1, Cpu);
        AppendDouble(message, 6, RequestsPerSecond);
        AppendDouble(message, 7, ErrorsPerSecond);
        foreach (var (name, value) in Metrics)
        {
            // An entry of the map: 2 bytes before the name, 9 for the value. With a name of 64 the length is one byte.
            message.Add(Tag(8, BytesType));
            message.Add((byte)(2 + name.Length + 9));
            message.Add(Tag(1, BytesType));
            message.Add((byte)name.Length);
            message.AddRange(Encoding.ASCII.GetBytes(name));
            AppendDouble(message, 2, value);
        }

        if (Application is { } application)
        {
            AppendDouble(message, 9, application);
        }

        return Convert.ToBase64String([.. message]).TrimEnd('=');
    }

    private IEnumerable<KeyValuePair<string, double>> Named()
    {
        yield return new("cpu_utilization", Cpu);
        if (Application is { } application)
        {
            yield return new("application_utilization", application);
        }

        yield return new("rps_fractional", RequestsPerSecond);
        yield return new("eps", ErrorsPerSecond);
    }

    private static void AppendMembers(StringBuilder text, IEnumerable<KeyValuePair<string, double>> members)
    {
        var isFirst = true;
        foreach (var (name, value) in members)
        {
            text.Append(isFirst ? "\"" : ",\"").Append(name).Append("\":").Append(Format(value));
            isFirst = false;
        }
    }

    // Four places: finer differences say nothing, and the header goes with every answer.
    private static string Format(double value) => Math.Round(value, 4).ToString("R", CultureInfo.InvariantCulture);

    private static void AppendDouble(List<byte> message, int field, double value)
    {
        Span<byte> bytes = stackalloc byte[sizeof(double)];
        BinaryPrimitives.WriteDoubleLittleEndian(bytes, value);
        message.Add(Tag(field, DoubleType));
        message.AddRange(bytes);
    }

    private static byte Tag(int field, byte type) => (byte)((field << 3) | type);
}
