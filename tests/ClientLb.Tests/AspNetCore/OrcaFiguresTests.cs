using ClientLb.AspNetCore.Reports;
using ClientLb.Endpoints;
using ClientLb.Http;
using FsCheck;
using FsCheck.Fluent;

namespace ClientLb.Tests.AspNetCore;

/// <summary>What the server writes, read by the readers that the client ships.</summary>
public sealed class OrcaFiguresTests
{
    private static readonly string[] Chosen = ["named_metrics.queue.depth"];

    [Fact]
    public void Forms_look_as_the_specification_shows_them()
    {
        var figures = new OrcaFigures(0.314159, 0.5, 120.25, 0, [new("queue.depth", 7), new("a", 0.25)]);

        Assert.Equal(
            "TEXT cpu_utilization=0.3142,application_utilization=0.5,rps_fractional=120.25,eps=0,named_metrics.queue.depth=7,named_metrics.a=0.25", figures.ToText());
        Assert.Equal(
            """JSON {"cpu_utilization":0.3142,"application_utilization":0.5,"rps_fractional":120.25,"eps":0,"named_metrics":{"queue.depth":7,"a":0.25}}""",
            figures.ToJson());
        Assert.DoesNotContain('=', figures.ToBinary());
    }

    [Fact]
    public void Every_report_is_read_as_it_was_written()
    {
        var numbers = Gen.OneOf(Gen.Choose(0, 1_000_000).Select(static n => n / 100.0), Gen.Elements(0, 0.0001, 1, 1e9, 3e38, 1e-9));
        var reports = from cpu in numbers
                      from application in numbers
                      from hasApplication in Gen.Elements(true, false)
                      from rps in numbers
                      from eps in numbers
                      from queue in numbers
                      from count in Gen.Choose(0, OrcaFigures.MostMetrics)
                      select (new OrcaFigures(cpu, hasApplication ? application : null, rps, eps, Metrics(count, queue)), count);
        Prop.ForAll(reports.ToArbitrary(), static sample => IsReadBack(sample.Item1, sample.count)).QuickCheckThrowOnFailure();
    }

    [Theory]
    [InlineData("queue", true)]
    [InlineData("queue_1.p99-x", true)]
    [InlineData("", false)]
    [InlineData("a,b", false)]
    [InlineData("a=b", false)]
    [InlineData("a\"b", false)]
    [InlineData("é", false)]
    public void Names_need_no_escaping(string name, bool expected) => Assert.Equal(expected, OrcaFigures.IsName(name));

    private static List<KeyValuePair<string, double>> Metrics(int count, double queue) =>
        [.. Enumerable.Range(0, count).Select(i => KeyValuePair.Create(i == 0 ? Chosen[0]["named_metrics.".Length..] : new string((char)('a' + i), OrcaFigures.LongestName), queue))];

    private static bool IsReadBack(OrcaFigures figures, int count)
    {
        var expected = new LoadReport
        {
            CpuUtilization = (float)figures.Cpu,
            ApplicationUtilization = (float)(figures.Application ?? 0),
            RequestsPerSecond = (float)figures.RequestsPerSecond,
            ErrorsPerSecond = (float)figures.ErrorsPerSecond,
            ChosenUtilization = count > 0 ? (float)figures.Metrics[0].Value : 0,
        };
        return OrcaReport.TryParse(figures.ToText(), Chosen, out var text) && IsNear(expected, text)
            && OrcaReport.TryParse(figures.ToJson(), Chosen, out var json) && IsNear(expected, json)
            && OrcaBinaryReport.TryParse(figures.ToBinary(), Chosen, out var binary) && expected == binary;
    }

    private static bool IsNear(LoadReport expected, LoadReport read) =>
        IsNear(expected.CpuUtilization, read.CpuUtilization) && IsNear(expected.ApplicationUtilization, read.ApplicationUtilization)
        && IsNear(expected.RequestsPerSecond, read.RequestsPerSecond) && IsNear(expected.ErrorsPerSecond, read.ErrorsPerSecond)
        && IsNear(expected.ChosenUtilization, read.ChosenUtilization);

    private static bool IsNear(float expected, float read) => Math.Abs(expected - read) <= 0.0000501 + (expected * 1e-6);
}
