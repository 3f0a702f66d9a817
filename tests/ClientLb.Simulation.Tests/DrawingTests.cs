using System.Globalization;
using System.Text.Json;
using System.Xml.Linq;
using ClientLb.Simulation.Drawing;
using ClientLb.Simulation.Output;

namespace ClientLb.Simulation.Tests;

public class DrawingTests
{
    private static readonly XNamespace Svg = "http://www.w3.org/2000/svg";

    [Fact]
    public void Rows_of_a_run_are_read_as_they_were_written()
    {
        var rows = Runs.Of([Runs.Cell("S", "homog", variations: new() { Time = 0.02 })], "random");
        var file = Path.GetTempFileName();
        Report.Write(rows, file);

        var read = JsonSerializer.Deserialize<List<StoredRow>>(File.ReadAllText(file))!;
        File.Delete(file);

        var row = Assert.Single(read);
        Assert.Equal(("S", "homog", "random", rows[0].P99, rows[0].BoundP99), (row.Size, row.Scenario, row.Policy, row.P99, row.BoundP99));
        Assert.Equal("p99-homog.svg", Assert.Single(Gallery.Of(read)).FileName);
    }

    [Fact]
    public void Value_is_the_geometric_mean_of_the_seeds_as_a_multiple_of_the_bound()
    {
        var chart = Assert.Single(Gallery.Of([Row("recall", p99: 20), Row("recall", p99: 80)]));

        Assert.Equal(4, Assert.Single(chart.Lines).Values[0]!.Value, 6);
    }

    [Fact]
    public void Other_cells_and_scenarios_are_not_mixed_in()
    {
        var row = Row("recall", p99: 20);

        var charts = Gallery.Of([row, row with { Util = 0.9, P99 = 90 }, row with { Queue = "fifo", P99 = 90 }, row with { Distribution = "bimodal" }, row with { Scenario = "mix" }]);

        Assert.Equal(2, Assert.Single(Assert.Single(charts).Lines).Values[0]!.Value, 6);
    }

    [Fact]
    public void Best_policy_stands_first_and_one_not_run_has_no_bar()
    {
        var rows = new[] { Row("random", p99: 1000), Row("recall", p99: 12), Row("recall", p99: 15) with { Size = "M" } };

        var chart = Assert.Single(Gallery.Of(rows));
        var bars = Bars(chart);

        Assert.Equal(["recall", "random"], chart.Lines.Select(static line => line.Label));
        Assert.Equal([true, false], chart.Lines.Select(static line => line.IsDefault));
        Assert.Equal(3, bars.Count);
        Assert.Equal(2, bars.Count(static bar => bar.Class == "bar best"));
    }

    [Fact]
    public void Bar_is_as_long_as_the_logarithm_of_the_multiple()
    {
        var bars = Bars(Assert.Single(Gallery.Of([Row("recall", p99: 100), Row("random", p99: 1000)])));

        Assert.Equal(2, bars[1].Width / bars[0].Width, 2);
    }

    [Fact]
    public void Errors_are_drawn_where_servers_fail()
    {
        var row = Row("recall", p99: 20) with { Scenario = "failfast", Errors = 1 };

        var chart = Assert.Single(Gallery.Of([row, row with { Errors = 3 }, row with { Policy = "random", Errors = 8 }, row with { Policy = "maglev", Errors = 0 }]));
        var bars = Bars(chart);

        Assert.Equal("errors-failfast.svg", chart.FileName);
        Assert.Equal(["maglev", "recall", "random"], chart.Lines.Select(static line => line.Label));
        Assert.Equal(4, bars[2].Width / bars[1].Width, 2);
    }

    [Fact]
    public void Two_names_of_one_class_share_a_line_where_they_did_the_same()
    {
        var same = Gallery.Of([Row("round_robin", p99: 20), Row("weighted_round_robin", p99: 20)]);
        var different = Gallery.Of([Row("round_robin", p99: 20), Row("weighted_round_robin", p99: 30)]);

        Assert.Equal(["(weighted_)round_robin"], Assert.Single(same).Lines.Select(static line => line.Label));
        Assert.Equal(["round_robin", "weighted_round_robin"], Assert.Single(different).Lines.Select(static line => line.Label));
    }

    [Fact]
    public void Same_rows_in_any_culture_give_the_same_text()
    {
        var rows = new[] { Row("random", p99: 33.3), Row("recall", p99: 12.1) };
        var before = CultureInfo.CurrentCulture;
        var text = SvgWriter.Draw(Gallery.Of(rows)[0]);
        try
        {
            CultureInfo.CurrentCulture = new CultureInfo("") { NumberFormat = new() { NumberDecimalSeparator = "," } };
            Assert.Equal(text, SvgWriter.Draw(Gallery.Of(rows)[0]));
        }
        finally
        {
            CultureInfo.CurrentCulture = before;
        }
    }

    [Theory]
    [InlineData("--out pictures")]
    [InlineData("rows.json")]
    [InlineData("rows.json --out")]
    [InlineData("/nowhere/at/all.json --out pictures")]
    public void Bad_input_is_answered_with_what_is_wrong(string line)
    {
        var problems = new StringWriter();

        Assert.Equal(2, DrawCommand.Run(line.Split(' '), TextWriter.Null, problems));
        Assert.Contains(line.StartsWith('/') ? "/nowhere/at/all.json" : "Usage", problems.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void Files_of_several_runs_make_one_picture()
    {
        var folder = Directory.CreateTempSubdirectory();
        try
        {
            var files = new[] { Row("recall", p99: 12), Row("random", p99: 90) }.Select(row =>
            {
                var file = Path.Combine(folder.FullName, row.Policy + ".json");
                File.WriteAllText(file, JsonSerializer.Serialize(new[] { row }));
                return file;
            });

            Assert.Equal(0, DrawCommand.Run([.. files, "--out", Path.Combine(folder.FullName, "images")], TextWriter.Null, TextWriter.Null));

            var text = File.ReadAllText(Path.Combine(folder.FullName, "images", "p99-homog.svg"));
            Assert.Contains(">recall<", text, StringComparison.Ordinal);
            Assert.Contains(">random<", text, StringComparison.Ordinal);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    private static StoredRow Row(string policy, double p99) => new()
    {
        Size = "S", Scenario = "homog", Distribution = "lognormal", Queue = "ps", Policy = policy, Util = 0.7, P99 = p99, BoundP99 = 10, Errors = 0,
    };

    private static List<(string Class, double Width)> Bars(Chart chart) =>
    [
        .. from rectangle in XDocument.Parse(SvgWriter.Draw(chart)).Descendants(Svg + "rect")
           let style = (string)rectangle.Attribute("class")!
           where style.StartsWith("bar", StringComparison.Ordinal)
           select (style, (double)rectangle.Attribute("width")!),
    ];
}
