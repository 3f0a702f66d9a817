using System.Net;
using System.Runtime.InteropServices;
using ClientLb.TestBackend;
using Microsoft.AspNetCore.Server.Kestrel.Core;

// Listens on the address given, says where on its output, and ends with its input: no test leaves one behind.
var settings = args[1..];
await using var server = await BackendServer.StartAsync(IPAddress.Parse(args[0]), settings.Contains("Protocols=Http2") ? HttpProtocols.Http2 : HttpProtocols.Http1, settings: settings);
var end = new TaskCompletionSource();
using var terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, context =>
{
    context.Cancel = true;
    end.TrySetResult();
});
Console.WriteLine(server.Authority);
_ = Task.Run(() =>
{
    while (Console.Read() >= 0)
    {
        // Nobody writes; the end is what counts.
    }

    end.TrySetResult();
});
await end.Task;
if (settings.Length > 0)
{
    await server.StopAsync();
}
