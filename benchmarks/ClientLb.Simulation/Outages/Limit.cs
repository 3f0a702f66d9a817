using System.Globalization;

namespace ClientLb.Simulation.Outages;

/// <summary>What a figure may come to.</summary>
/// <param name="Name">What it is.</param>
/// <param name="Value">What it came to.</param>
/// <param name="Least">The least that is allowed.</param>
/// <param name="Most">The most that is allowed.</param>
internal readonly record struct Limit(string Name, double Value, double Least, double Most)
{
    public bool Holds => Value >= Least && Value <= Most;

    public static Limit AtMost(string name, double value, double most) => new(name, value, double.NegativeInfinity, most);

    public static Limit AtLeast(string name, double value, double least) => new(name, value, least, double.PositiveInfinity);

    public override string ToString() => string.Create(
        CultureInfo.InvariantCulture, $"{Name} {Value:0.###} {(Value > Most ? $"> {Most:0.###}" : Value < Least ? $"< {Least:0.###}" : "is unknown")}");
}
