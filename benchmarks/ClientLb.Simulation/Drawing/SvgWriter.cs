using System.Globalization;
using System.Security;
using System.Text;

namespace ClientLb.Simulation.Drawing;

/// <summary>
/// Draws a chart as an SVG file that needs nothing else: it has its own background and its own colours for light and dark, because a page
/// doesn't say which it has. The same chart gives the same text.
/// </summary>
internal sealed class SvgWriter
{
    private const double Width = 840;
    private const double Edge = 16;
    private const double Labels = 196;
    private const double Gap = 12;
    private const double Numbers = 54;
    private const double Top = 88;
    private const double Step = 21;
    private const double Thickness = 13;

    private const string Style = """
        <style>
          text { font: 12px system-ui, -apple-system, "Segoe UI", "DejaVu Sans", sans-serif; fill: #1f2328 }
          .title { font-size: 15px; font-weight: 600 }
          .note { fill: #59636e }
          .name { font-family: ui-monospace, Menlo, Consolas, "DejaVu Sans Mono", monospace; font-size: 11px; paint-order: stroke; stroke: #ffffff; stroke-width: 3px }
          .best { font-weight: 700 }
          .back { fill: #ffffff; stroke: #d1d9e0 }
          .grid { stroke: #d1d9e0 }
          .bar { fill: #8c959f }
          .bar.best { fill: #0969da }
          @media (prefers-color-scheme: dark) {
            text { fill: #f0f6fc }
            .note { fill: #9198a1 }
            .name { stroke: #0d1117 }
            .back { fill: #0d1117; stroke: #3d444d }
            .grid { stroke: #3d444d }
            .bar { fill: #656c76 }
            .bar.best { fill: #4493f8 }
          }
        </style>
        """;

    private readonly StringBuilder _text = new();
    private readonly Chart _chart;
    private readonly double _panel;

    private SvgWriter(Chart chart)
    {
        _chart = chart;
        _panel = (Width - Edge - Labels - (Gap * chart.Panels.Count)) / chart.Panels.Count;
    }

    public static string Draw(Chart chart) => new SvgWriter(chart).Draw();

    private string Draw()
    {
        var height = Top + (_chart.Lines.Count * Step) + Edge;
        Line($"""<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {Width} {height}" width="{Width}" height="{height}" role="img">""");
        Line($"<title>{Plain(_chart.Title)}</title>");
        Line($"{Style}");
        Line($"""<rect class="back" x="0.5" y="0.5" width="{Width - 1}" height="{height - 1}" rx="6"/>""");
        Words("title", Edge, 27, _chart.Title);
        Words("note", Edge, 47, _chart.Note);
        for (var i = 0; i < _chart.Panels.Count; i++)
        {
            Words("note", Left(i), Top - 16, _chart.Panels[i]);
            Grid(i);
        }

        for (var i = 0; i < _chart.Lines.Count; i++)
        {
            Bars(_chart.Lines[i], Top + (i * Step));
        }

        Line($"</svg>");
        return _text.ToString();
    }

    private void Grid(int panel)
    {
        var bottom = Top + (_chart.Lines.Count * Step);
        foreach (var tick in (double[])[1, .. _chart.Scale.Ticks(Most())])
        {
            var x = Left(panel) + (tick == 1 ? 0 : Length(tick, panel));
            Line($"""<line class="grid" x1="{x:0.#}" y1="{Top - 6}" x2="{x:0.#}" y2="{bottom}"/>""");
        }
    }

    private void Bars(ChartLine line, double top)
    {
        var best = line.IsDefault ? " best" : "";
        var baseline = top + Thickness - 3;
        Words("name" + best, Edge, baseline, line.Label);
        for (var i = 0; i < line.Values.Count; i++)
        {
            if (line.Values[i] is not { } value)
            {
                Words("note", Left(i) + 4, baseline, "not run");
                continue;
            }

            var length = Length(value, i);
            Line($"""<rect class="bar{best}" x="{Left(i)}" y="{top}" width="{Math.Max(1, length):0.#}" height="{Thickness}"/>""");
            Words("name" + best, Left(i) + length + 5, baseline, _chart.Scale.Text(value));
        }
    }

    private double Left(int panel) => Math.Round(Labels + (panel * (_panel + Gap)), 1);

    private double Length(double value, int panel) =>
        (_panel - Numbers) * _chart.Scale.Length(value, _chart.Lines.Max(line => line.Values[panel] ?? 0), Most());

    private double Most() => _chart.Lines.Max(static line => line.Values.Max() ?? 0);

    private void Words(string style, double x, double y, string text) =>
        Line($"""<text class="{style}" x="{x:0.#}" y="{y:0.#}">{Plain(text)}</text>""");

    private void Line(FormattableString text) => _text.Append(text.ToString(CultureInfo.InvariantCulture).ReplaceLineEndings("\n")).Append('\n');

    private static string? Plain(string text) => SecurityElement.Escape(text);
}
