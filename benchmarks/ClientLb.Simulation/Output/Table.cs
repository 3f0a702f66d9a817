using System.Globalization;

namespace ClientLb.Simulation.Output;

/// <summary>Lines of columns for people: text to the left, numbers to the right.</summary>
internal sealed class Table(TextWriter writer, params (string Title, int Width)[] columns)
{
    public void Title() => Line([.. columns.Select(static column => (object)column.Title)]);

    public void Line(params object[] values)
    {
        var cells = values.Select((value, i) => Cell(value, columns[i].Width, columns[i].Width < 0 || value is not string || i > 0));
        writer.WriteLine(string.Join("  ", cells).TrimEnd());
    }

    private static string Cell(object value, int width, bool right)
    {
        var text = value switch
        {
            double.PositiveInfinity => "inf",
            double number => number.ToString(number < 1000 ? "0.00" : "0", CultureInfo.InvariantCulture),
            _ => Convert.ToString(value, CultureInfo.InvariantCulture) ?? "",
        };
        return right ? text.PadLeft(width) : text.PadRight(width);
    }
}
