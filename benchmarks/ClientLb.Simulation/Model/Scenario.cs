using System.Diagnostics.CodeAnalysis;
using System.Globalization;

namespace ClientLb.Simulation.Model;

/// <summary>A scenario: its kind, and how many servers fail where some do.</summary>
/// <param name="Kind">What is wrong.</param>
/// <param name="Percent">How many of the servers fail, in percent; 2 where the name gives none. One always does.</param>
internal readonly record struct Scenario(ScenarioKind Kind, int Percent = Scenario.UsualPercent)
{
    private const int UsualPercent = 2;
    private const int MostPercent = 90;

    /// <summary>The names, for a person who has mistyped one.</summary>
    public static string Names { get; } =
        string.Join(", ", Enum.GetNames<ScenarioKind>().Select(static name => name.ToLowerInvariant())) + "; with a share as in failfast-10: failfast, flaky, hang";

    public string Name => Kind.ToString().ToLowerInvariant() + (Percent == UsualPercent ? "" : string.Create(CultureInfo.InvariantCulture, $"-{Percent}"));

    /// <summary>Some servers fail for a time.</summary>
    public bool Fails => Kind is ScenarioKind.FailFast or ScenarioKind.Flaky or ScenarioKind.Hang;

    /// <summary>Some servers are disturbed by their neighbours, other ones every two seconds.</summary>
    public bool HasAntagonists => Kind is ScenarioKind.Antag or ScenarioKind.Mix;

    /// <summary>How many servers fail: 10 % of ten, 2 % of 50 and 200 by default.</summary>
    public int Failing(int servers) => Math.Max(1, servers * Percent / 100);

    public static bool TryParse(string text, [NotNullWhen(true)] out Scenario? scenario)
    {
        scenario = null;
        var dash = text.IndexOf('-', StringComparison.Ordinal);
        var name = dash < 0 ? text : text[..dash];
        if (!Enum.GetNames<ScenarioKind>().Contains(name, StringComparer.OrdinalIgnoreCase))
        {
            return false;
        }

        var found = new Scenario(Enum.Parse<ScenarioKind>(name, ignoreCase: true));
        if (dash >= 0)
        {
            if (!found.Fails || !int.TryParse(text.AsSpan(dash + 1), NumberStyles.None, CultureInfo.InvariantCulture, out var percent)
                || percent is < 1 or > MostPercent)
            {
                return false;
            }

            found = found with { Percent = percent };
        }

        scenario = found;
        return true;
    }
}
