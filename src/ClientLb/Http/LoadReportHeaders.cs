using System.Net.Http.Headers;
using ClientLb.Clusters;
using ClientLb.Endpoints;

namespace ClientLb.Http;

/// <summary>Reads what an endpoint says of its load from the headers, or the trailers, of an answer. Bad input is no exception.</summary>
internal static class LoadReportHeaders
{
    /// <summary>The header of ORCA: <c>TEXT cpu_utilization=0.3, …</c>, <c>JSON {…}</c> or <c>BIN</c> and Base64.</summary>
    public const string Orca = "endpoint-load-metrics";

    /// <summary>The same in binary: Base64 of an <c>OrcaLoadReport</c>. gRPC sends it as a trailer.</summary>
    public const string OrcaBinary = "endpoint-load-metrics-bin";

    /// <summary>Reads headers.</summary>
    /// <param name="headers">The headers or trailers.</param>
    /// <param name="wish">What to look for.</param>
    /// <param name="report">What was said; empty where nothing was.</param>
    /// <returns>False when something was said that can't be read.</returns>
    public static bool TryRead(HttpResponseHeaders headers, LoadReportWish wish, out LoadReport report)
    {
        report = default;
        var isGood = true;
        var values = headers.NonValidated;
        if (wish.Orca)
        {
            if (values.TryGetValues(Orca, out var text))
            {
                isGood = OrcaReport.TryParse(text.ToString(), wish.Metrics, out report);
            }
            else if (values.TryGetValues(OrcaBinary, out var binary))
            {
                isGood = OrcaBinaryReport.TryParse(binary.ToString(), wish.Metrics, out report);
            }
        }

        if (wish.InFlightHeader is { } name && values.TryGetValues(name, out var inFlight))
        {
            if (TryCount(inFlight.ToString(), out var count))
            {
                report = report with { InFlight = count };
            }
            else
            {
                isGood = false;
            }
        }

        return isGood;
    }

    /// <summary>Reads what the trailers of an answer that has ended say, and tells the cluster.</summary>
    public static void ReadTrailers(HttpResponseMessage response, Cluster cluster, in Lease lease)
    {
        if (cluster.Snapshot.LoadReports is not { } wish || response.TrailingHeaders.NonValidated.Count == 0)
        {
            return;
        }

        if (!TryRead(response.TrailingHeaders, wish, out var load))
        {
            cluster.Metrics.LoadReportRefused(cluster.Name);
        }

        if (!load.IsEmpty)
        {
            cluster.ReportLoad(lease, load);
        }
    }

    private static bool TryCount(ReadOnlySpan<char> text, out int count)
    {
        text = text.Trim();
        count = 0;
        if (text.Length is 0 or > 9)
        {
            return false;
        }

        foreach (var c in text)
        {
            if (!char.IsAsciiDigit(c))
            {
                return false;
            }

            count = (count * 10) + (c - '0');
        }

        return true;
    }
}
