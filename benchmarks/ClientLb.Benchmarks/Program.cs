using ClientLb.Benchmarks;
using ClientLb.Benchmarks.Measuring;
using ClientLb.Benchmarks.Suites;

if (args is [CheckServers.Command])
{
    return await CheckServers.RunAsync();
}

if (args is [GrpcServer.Command])
{
    return await GrpcServer.RunAsync();
}

if (!Arguments.TryParse(args, out var arguments, out var error))
{
    Console.Error.WriteLine(error);
    Console.Error.WriteLine(Arguments.Usage);
    return 2;
}

Console.WriteLine(ThreadClock.IsProcessorTime
    ? "ns: processor time of the thread, median and least of the repetitions."
    : "ns: wall time (no thread clock on this system), median and least of the repetitions.");
var rows = new List<Row>();
foreach (var suite in arguments.Suites)
{
    rows.AddRange(suite switch
    {
        "pick" => PickSuite.Run(arguments),
        "health" => HealthSuite.Run(arguments),
        "hash" => HashSuite.Run(arguments),
        "handler" => HandlerSuite.Run(arguments),
        "decode" => DecodeSuite.Run(arguments),
        "checks" => await ChecksSuite.RunAsync(arguments),
        "grpc" => await GrpcSuite.RunAsync(arguments),
        "memory" => MemorySuite.Run(arguments),
        _ => UpdateSuite.Run(arguments),
    });
}

if (rows.Count == 0)
{
    Console.Error.WriteLine($"Nothing has '{arguments.Only}' in its name.");
    return 2;
}

Report.Print(rows);
if (arguments.Json is { } file)
{
    Report.Write(rows, file);
}

return 0;
