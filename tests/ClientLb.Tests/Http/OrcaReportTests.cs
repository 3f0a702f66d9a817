using System.Buffers.Binary;
using ClientLb.Clusters;
using ClientLb.Endpoints;
using ClientLb.Http;
using FsCheck;
using FsCheck.Fluent;

namespace ClientLb.Tests.Http;

public class OrcaReportTests
{
    private static readonly string[] Chosen = ["named_metrics.queue", "utilization.gpu", "mem_utilization"];

    private static readonly LoadReport All = new()
    {
        ApplicationUtilization = 0.25f,
        CpuUtilization = 0.5f,
        RequestsPerSecond = 10.5f,
        ErrorsPerSecond = 1,
    };

    [Theory]
    [InlineData("TEXT application_utilization=0.25, cpu_utilization=0.5, mem_utilization=0.8, rps_fractional=10.5, eps=1, named_metrics.custom=0.4")]
    [InlineData("TEXT cpu_utilization=5e-1,eps=1,rps_fractional=10.5,application_utilization=+.25")]
    [InlineData("""JSON {"application_utilization": 0.25, "cpu_utilization": 0.5, "rps_fractional": 10.5, "eps": 1, "named_metrics": {"a}": 0.4, "b": [1, {}]}}""")]
    [InlineData("""JSON {"applicationUtilization":0.25,"cpuUtilization":"0.5","rpsFractional":10.5,"eps":1,"mem_utilization":null,"x\"y":"a\\"}""")]
    [InlineData("  JSON   {\t\"eps\" : 1 , \"cpu_utilization\":0.5,\"rps_fractional\":10.5,\"application_utilization\":0.25 }  ")]
    public void Every_form_is_read(string header)
    {
        Assert.True(OrcaReport.TryParse(header, [], out var report));
        Assert.Equal(All, report);
    }

    [Fact]
    public void Binary_form_is_read_with_and_without_padding_and_past_what_is_unknown()
    {
        // Maps, strings, the old integer rate, and fields that do not exist yet.
        byte[] message =
        [
            .. Double(1, 0.5), .. Double(2, 0.9), (3 << 3) | 0, 0xAC, 0x02, (4 << 3) | 2, 3, 1, 2, 3, .. Double(6, 10.5), .. Double(7, 1),
            (8 << 3) | 2, 0, .. Double(9, 0.25), 0xA0 | 5, 0x06, 1, 2, 3, 4,
        ];
        var base64 = Convert.ToBase64String(message);

        foreach (var text in new[] { base64, base64.TrimEnd('='), base64 + ",AAAA" })
        {
            Assert.True(OrcaBinaryReport.TryParse(text, [], out var report), text);
            Assert.Equal(All, report);
        }

        Assert.True(OrcaReport.TryParse("BIN " + base64, [], out var prefixed));
        Assert.Equal(All, prefixed);
    }

    [Theory]
    [InlineData("TEXT cpu_utilization=0.9, mem_utilization=0.25, named_metrics.queue=0.5, utilization.gpu=0, named_metrics.gpu=0.8, rps_fractional=1")]
    [InlineData("""JSON {"named_metrics":{"gpu":0.8,"queue":0.5,"x":{"queue":9}},"cpu_utilization":0.9,"utilization":{},"mem_utilization":0.25,"rps_fractional":1}""")]
    [InlineData("""JSON {"namedMetrics":{"queue":"0.5"},"cpuUtilization":0.9,"rpsFractional":1,"queue":7}""")]
    public void Largest_of_the_chosen_metrics_is_the_utilization(string header)
    {
        Assert.True(OrcaReport.TryParse(header, Chosen, out var report));
        Assert.Equal((0.5f, 0.9f, 0.5f, 1f), (report.ChosenUtilization, report.CpuUtilization, report.Utilization, report.RequestsPerSecond));
    }

    [Fact]
    public void Chosen_metrics_are_found_in_the_binary_form_too()
    {
        byte[] Entry(int field, string key, double value) => [(byte)((field << 3) | 2), (byte)(key.Length + 11), (1 << 3) | 2, (byte)key.Length, .. System.Text.Encoding.UTF8.GetBytes(key), .. Double(2, value)];
        byte[] message = [.. Entry(4, "queue", 9), .. Entry(8, "gpu", 0.8), .. Entry(8, "queue", 0.5), .. Entry(5, "gpu", 0.125), .. Double(2, 0.25), .. Double(6, 1)];

        Assert.True(OrcaBinaryReport.TryParse(message.AsSpan(), Chosen, out var report));
        Assert.Equal((0.5f, 1f), (report.Utilization, report.RequestsPerSecond));
        Assert.True(OrcaBinaryReport.TryParse(message.AsSpan(), ["mem_utilization"], out report));
        Assert.Equal(0.25f, report.Utilization);
        Assert.True(OrcaBinaryReport.TryParse(message.AsSpan(), [], out report));
        Assert.Equal(0, report.Utilization);
        Assert.False(OrcaBinaryReport.TryParse(Entry(8, "queue", double.NaN).AsSpan(), Chosen, out _));
        Assert.True(OrcaBinaryReport.TryParse(Entry(8, "other", double.NaN).AsSpan(), Chosen, out _));
    }

    [Theory]
    [InlineData("TEXT named_metrics.queue=much")]
    [InlineData("JSON {\"named_metrics\":{\"queue\":-1}}")]
    [InlineData("JSON {\"named_metrics\":3}")]
    public void Chosen_metric_that_is_no_figure_spoils_the_report(string header) => Assert.False(OrcaReport.TryParse(header, Chosen, out _));

    [Theory]
    [InlineData("")]
    [InlineData("TEXT")]
    [InlineData("XML <a/>")]
    [InlineData("cpu_utilization=0.5")]
    [InlineData("TEXT cpu_utilization")]
    [InlineData("TEXT cpu_utilization=")]
    [InlineData("TEXT cpu_utilization=high")]
    [InlineData("TEXT cpu_utilization=-0.5")]
    [InlineData("TEXT cpu_utilization=NaN")]
    [InlineData("TEXT cpu_utilization=1e999")]
    [InlineData("TEXT cpu_utilization=0,5")]
    [InlineData("JSON")]
    [InlineData("JSON {")]
    [InlineData("JSON {}x")]
    [InlineData("JSON []")]
    [InlineData("JSON {\"eps\":}")]
    [InlineData("JSON {\"eps\":1,}")]
    [InlineData("JSON {\"eps\":true}")]
    [InlineData("JSON {\"eps")]
    [InlineData("JSON {\"a\":{\"b\":1}")]
    [InlineData("BIN !!!")]
    [InlineData("BIN CQ")]
    public void Bad_report_is_refused_as_a_whole(string header)
    {
        Assert.False(OrcaReport.TryParse(header, [], out var report));
        Assert.True(report.IsEmpty);
    }

    [Theory]
    [InlineData(double.NaN)]
    [InlineData(-1)]
    [InlineData(double.PositiveInfinity)]
    public void Figure_that_is_none_is_refused_in_the_binary_form(double value) => Assert.False(OrcaBinaryReport.TryParse(Double(6, value).AsSpan(), [], out _));

    [Fact]
    public void Too_long_a_report_is_refused()
    {
        Assert.False(OrcaReport.TryParse("TEXT eps=1" + new string(' ', 5_000) + ",eps=1", [], out _));
        Assert.False(OrcaBinaryReport.TryParse(new string('A', 8_192), [], out _));
    }

    [Fact]
    public void No_text_and_no_bytes_whatever_are_an_exception()
    {
        var pieces = Gen.Elements("TEXT ", "JSON ", "BIN ", "{", "}", "[", "]", "\"", "\\", ":", ",", "=", "eps", "cpu_utilization", "named_metrics", "queue", "named_metrics.queue", "1", "0.5", "null", " ", "é", "AAAA");
        Prop.ForAll(pieces.ListOf().ToArbitrary(), parts =>
        {
            var text = string.Concat(parts);
            return OrcaReport.TryParse(text, Chosen, out var report) || report.IsEmpty;
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(2_000));
        Prop.ForAll<byte[]>(message => OrcaBinaryReport.TryParse((message ?? []).AsSpan(), Chosen, out var report) || report.IsEmpty)
            .Check(Config.QuickThrowOnFailure.WithMaxTest(2_000));
    }

    [Fact]
    public void Headers_are_looked_for_only_as_wanted_and_the_number_in_flight_joins_the_report()
    {
        using var response = new HttpResponseMessage();
        response.Headers.TryAddWithoutValidation("endpoint-load-metrics", "TEXT eps=1");
        response.Headers.TryAddWithoutValidation("x-requests-in-flight", " 17 ");

        Assert.True(LoadReportHeaders.TryRead(response.Headers, new LoadReportWish(true, [], "X-Requests-In-Flight"), out var both));
        Assert.Equal(new LoadReport { ErrorsPerSecond = 1, InFlight = 17 }, both);
        Assert.True(LoadReportHeaders.TryRead(response.Headers, new LoadReportWish(false, [], "x-requests-in-flight"), out var inFlight));
        Assert.Equal(new LoadReport { InFlight = 17 }, inFlight);
        Assert.True(LoadReportHeaders.TryRead(response.Headers, new LoadReportWish(true, [], null), out var orca));
        Assert.Null(orca.InFlight);
    }

    [Theory]
    [InlineData("-1")]
    [InlineData("")]
    [InlineData("1.5")]
    [InlineData("12345678901")]
    [InlineData("seventeen")]
    public void Number_in_flight_that_is_none_is_refused(string value)
    {
        using var response = new HttpResponseMessage();
        response.Headers.TryAddWithoutValidation("x-requests-in-flight", value);

        Assert.False(LoadReportHeaders.TryRead(response.Headers, new LoadReportWish(false, [], "x-requests-in-flight"), out var report));
        Assert.True(report.IsEmpty);
    }

    [Fact]
    public void Zero_in_flight_is_something_that_was_said()
    {
        Assert.False(new LoadReport { InFlight = 0 }.IsEmpty);
        Assert.Equal(0, new LoadReport { InFlight = -3 }.InFlight);
        Assert.Equal(int.MaxValue - 1, new LoadReport { InFlight = int.MaxValue }.InFlight);
        Assert.True(default(LoadReport).IsEmpty);
    }

    private static byte[] Double(int field, double value)
    {
        var bytes = new byte[9];
        bytes[0] = (byte)((field << 3) | 1);
        BinaryPrimitives.WriteDoubleLittleEndian(bytes.AsSpan(1), value);
        return bytes;
    }
}
