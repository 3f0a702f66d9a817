using System.Runtime.CompilerServices;
using ClientLb.Discovery;
using ClientLb.Endpoints;
using Microsoft.Extensions.Configuration;

namespace Shop;

/// <summary>Endpoints from a text file, one host:port a line, read again every five seconds.</summary>
public sealed class FileEndpointSource(IConfiguration configuration, TimeProvider time) : IEndpointSource
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(5);

    private readonly MonotonicClock _clock = new(time);

    // How a cluster names it: "Sources": [ "consul", "file" ].
    public string Name => "file";

    // A line may have a host name: ClientLb looks it up, and each address is an endpoint.
    public bool ResolvesNames => true;

    public bool Serves(EndpointQuery query) => File.Exists(PathOf(query));

    public async IAsyncEnumerable<EndpointUpdate> WatchAsync(
        EndpointQuery query, IRefreshSignal refresh, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        List<EndpointDescriptor>? last = null;
        var asked = refresh.WaitAsync(cancellationToken);
        while (true)
        {
            // What this throws is logged; the last list stays in force and the watch is started again after a pause.
            var endpoints = Parse(await File.ReadAllLinesAsync(PathOf(query), cancellationToken));
            var isSame = last is not null && endpoints.SequenceEqual(last);
            yield return new EndpointUpdate(endpoints, _clock.Now, isSame ? UpdateFreshness.Unchanged : UpdateFreshness.Fresh);

            last = endpoints;
            await Task.WhenAny(asked, Task.Delay(Interval, time, cancellationToken));
            cancellationToken.ThrowIfCancellationRequested();
            if (asked.IsCompleted)
            {
                asked = refresh.WaitAsync(cancellationToken);
            }
        }
    }

    private static List<EndpointDescriptor> Parse(string[] lines) =>
        [.. lines.Where(line => line.Trim().Length > 0).Select(line =>
            EndpointAddress.TryParse(line, out var address) && address.Port is { } port
                ? new EndpointDescriptor(address.Host, port)
                : throw new FormatException($"'{line}' is not host:port."))];

    private string PathOf(EndpointQuery query) => Path.Combine(configuration["Shop:Endpoints"] ?? "endpoints", query.Service + ".txt");
}
