using Spectre.Console;

AnsiConsole.MarkupLine("[bold]ClientLb[/]: failover");
