using System.Globalization;

namespace ClientLb.Simulation.Output;

/// <summary>Lines of columns for people: the first to the left, the others to the right.</summary>
internal sealed class Table(TextWriter writer, params (string Title, int Width)[] columns)
{
    public void Title() => Line([.. columns.Select(static column => (object)column.Title)]);

    public void Line(params object[] values)
    {
        var cells = values.Select((value, i) => i == 0 ? Text(value).PadRight(columns[i].Width) : Text(value).PadLeft(columns[i].Width));
        writer.WriteLine(string.Join("  ", cells));
    }

    private static string Text(object value) => value is double number
        ? number.ToString(number < 1000 ? "0.00" : "0", CultureInfo.InvariantCulture)
        : Convert.ToString(value, CultureInfo.InvariantCulture) ?? "";
}
