using ClientLb.Samples.Failover.Backends;
using ClientLb.Samples.Failover.CommandLine;
using ClientLb.Samples.Failover.Overload;
using ClientLb.Samples.Failover.Runs;

if (args is [BackendSettings.Verb, ..])
{
    return await BackendProgram.RunAsync(BackendSettings.FromArguments(args));
}

if (args is [OverloadProgram.Verb])
{
    return await OverloadProgram.RunAsync();
}

if (args is ["--help" or "-h" or "-?"])
{
    Console.WriteLine(FailoverOptionsParser.Usage);
    return 0;
}

if (!FailoverOptionsParser.TryParse(args, out var options, out var error))
{
    Console.Error.WriteLine(error);
    Console.Error.WriteLine("--help lists the options.");
    return 2;
}

return await FailoverProgram.RunAsync(options);
