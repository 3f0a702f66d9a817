using System.Globalization;

namespace ClientLb.Simulation.Drawing;

/// <summary>How values become lengths and text.</summary>
internal abstract class Scale
{
    /// <summary>Multiples of the bound on a logarithmic scale from 1, the same in all panels: they go from 1 to hundreds.</summary>
    public static Scale Multiples { get; } = new LogarithmicScale();

    /// <summary>Percentages on a linear scale, each panel by its own largest: the share of servers that fail is not the same in all sizes.</summary>
    public static Scale Percentages { get; } = new LinearScale();

    /// <summary>The length of a bar, 0 to 1.</summary>
    /// <param name="value">The value.</param>
    /// <param name="panelMost">The largest one of the panel.</param>
    /// <param name="chartMost">The largest one of the picture.</param>
    public abstract double Length(double value, double panelMost, double chartMost);

    /// <summary>The values at which a panel has a line from top to bottom.</summary>
    public abstract IEnumerable<double> Ticks(double chartMost);

    /// <summary>The text beside a bar.</summary>
    public abstract string Text(double value);

    private sealed class LogarithmicScale : Scale
    {
        public override double Length(double value, double panelMost, double chartMost) =>
            Math.Clamp(Math.Log(value) / Math.Log(Math.Max(2, chartMost)), 0, 1);

        public override IEnumerable<double> Ticks(double chartMost)
        {
            for (var tick = 10.0; tick < chartMost; tick *= 10)
            {
                yield return tick;
            }
        }

        public override string Text(double value) =>
            value.ToString(value < 10 ? "0.00" : value < 100 ? "0.0" : "0", CultureInfo.InvariantCulture) + "×";
    }

    private sealed class LinearScale : Scale
    {
        public override double Length(double value, double panelMost, double chartMost) => panelMost > 0 ? value / panelMost : 0;

        public override IEnumerable<double> Ticks(double chartMost) => [];

        public override string Text(double value) => value.ToString(value < 1 ? "0.000" : "0.00", CultureInfo.InvariantCulture) + " %";
    }
}
