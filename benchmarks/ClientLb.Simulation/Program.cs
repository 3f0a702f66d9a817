using ClientLb.Simulation;
using ClientLb.Simulation.Clocks;
using ClientLb.Simulation.Drawing;
using ClientLb.Simulation.Outages;
using ClientLb.Simulation.Output;
using ClientLb.Simulation.Running;
using ClientLb.Simulation.Storms;
using ClientLb.Simulation.Twice;

if (args is [DrawCommand.Name, .. var drawn])
{
    return DrawCommand.Run(drawn, Console.Out, Console.Error);
}

if (args is [HealthCommand.Name, .. var asked])
{
    return HealthCommand.Run(asked, Console.Out, Console.Error);
}

if (args is [StormCommand.Name, .. var told])
{
    return StormCommand.Run(told, Console.Out, Console.Error);
}

if (args is [TwiceCommand.Name, .. var once])
{
    return TwiceCommand.Run(once, Console.Out, Console.Error);
}

if (args is [ClockCommand.Name, .. var timed])
{
    return ClockCommand.Run(timed, Console.Out, Console.Error);
}

if (!Arguments.TryParse(args, out var arguments, out var errors))
{
    foreach (var error in errors)
    {
        Console.Error.WriteLine(error);
    }

    Console.Error.WriteLine();
    Console.Error.WriteLine(Arguments.Usage);
    return 2;
}

var rows = Runner.Run(arguments.Cells, arguments.Policies, arguments.Threads);
Report.Print(Console.Out, rows);
if (arguments.IsMatrix)
{
    Console.WriteLine();
    Report.PrintMatrix(Console.Out, rows);
}

if (arguments.Json is { } file)
{
    Report.Write(rows, file);
}

return 0;
