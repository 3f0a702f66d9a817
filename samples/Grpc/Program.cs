using System.Net;
using System.Runtime.InteropServices;
using ClientLb.Samples.Failover.Display;
using ClientLb.Samples.Failover.Runs;
using ClientLb.Samples.Grpc;

if (args is [KestrelServer.Verb, var address])
{
    return await KestrelServer.RunAsync(IPEndPoint.Parse(address));
}

var isShort = args.Contains("--short");
var faults = GrpcFault.All.Where(fault => args.Contains(fault.Word)).ToList();
var ways = Way.All.Where(way => args.Contains(way.Name)).ToList();
if (args.Length > faults.Count + ways.Count + (isShort ? 1 : 0))
{
    Console.WriteLine(
        $"Usage: ClientLb.Samples.Grpc [--short] [{string.Join(" | ", GrpcFault.All.Select(static fault => fault.Word))}]... [{string.Join(" | ", Way.All.Select(static way => way.Name))}]...");
    return args is ["--help" or "-h" or "-?"] ? 0 : 2;
}

if (Way.Channel is null)
{
    Console.WriteLine("Without channels: the package Grpc.Net.Client could not be restored when this was built.");
}

if (OperatingSystem.IsWindows())
{
    Console.Error.WriteLine("Windows can't freeze a process by a signal.");
    return 2;
}

using var stop = new CancellationTokenSource();
using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, context =>
{
    // The servers are ended in the ordinary way first.
    context.Cancel = true;
    stop.Cancel();
});
var display = Displays.Choose();
var length = TimeSpan.FromSeconds(isShort ? 10 : 20);
var results = new List<ScenarioResult>();
try
{
    foreach (var fault in faults.Count > 0 ? faults : GrpcFault.All)
    {
        foreach (var way in ways.Count > 0 ? ways : Way.All)
        {
            results.Add(await new GrpcRun(fault.By(way), length, display).RunAsync(stop.Token));
        }
    }
}
catch (OperationCanceledException) when (stop.IsCancellationRequested)
{
    Console.WriteLine("Interrupted.");
    return 130;
}

Summary.Write(results);
return results.TrueForAll(static result => result.Ok) ? 0 : 1;
