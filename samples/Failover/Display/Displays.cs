using Spectre.Console;

namespace ClientLb.Samples.Failover.Display;

/// <summary>Which display fits the output.</summary>
internal static class Displays
{
    public static IDisplay Choose()
    {
        var profile = AnsiConsole.Profile;
        if (profile.Out.IsTerminal && profile.Capabilities.Ansi)
        {
            return new TableDisplay();
        }

        // A file or a pipe: no colours, and no terminal that would end a line at 80 columns.
        profile.Capabilities.Ansi = false;
        profile.Width = 160;
        return new LineDisplay();
    }
}
