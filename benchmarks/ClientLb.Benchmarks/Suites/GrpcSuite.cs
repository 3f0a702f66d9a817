using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using ClientLb.Benchmarks.Measuring;
using ClientLb.Endpoints;
using Microsoft.Extensions.DependencyInjection;

namespace ClientLb.Benchmarks.Suites;

/// <summary>
/// Unary gRPC calls over HTTP/2 to Kestrel in another process, each of them in full: a plain client and a balanced one in turn, in short slices of the same run. Wall time over all calls in flight,
/// so a ratio of 1.05 is 5 % less throughput; the ratio is the median over pairs of neighbouring slices.
/// </summary>
internal static class GrpcSuite
{
    private const string Name = "echo";
    private const string Plain = "plain HttpClient";
    private const int CallsInFlight = 32;

    private static readonly TimeSpan s_slice = TimeSpan.FromMilliseconds(100);
    private static readonly Uri s_method = new($"http://{Name}/bench.Echo/Say");

    // 5 bytes of frame and 64 of message.
    private static readonly byte[] s_message = [0, 0, 0, 0, 64, .. new byte[64]];

    public static async Task<IReadOnlyList<Row>> RunAsync(Arguments arguments)
    {
        using var server = await OwnServer.StartAsync(GrpcServer.Command).ConfigureAwait(false);
        using var plain = new HttpClient(new SocketsHttpHandler { EnableMultipleHttp2Connections = true, UseProxy = false });
        var method = new Uri(FormattableString.Invariant($"http://127.0.0.1:{server.Port}{s_method.AbsolutePath}"));
        var balanced = Balanced(server.Port, isIdempotent: false);
        var repeatable = Balanced(server.Port, isIdempotent: true);
        await using (balanced.ConfigureAwait(false))
        await using (repeatable.ConfigureAwait(false))
        {
            (string Name, HttpClient Client, Uri Method)[] all =
            [
                (Plain, plain, method), ("ClientLb", ClientOf(balanced), s_method), ("ClientLb, idempotent", ClientOf(repeatable), s_method),
            ];
            all = [.. all.Where(one => one.Name == Plain || one.Name.Contains(arguments.Only, StringComparison.OrdinalIgnoreCase))];
            return all.Length == 1 && arguments.Only.Length > 0 ? [] : await MeasureAsync(all, arguments.RepetitionsOr(101)).ConfigureAwait(false);
        }
    }

    private static async Task<IReadOnlyList<Row>> MeasureAsync((string Name, HttpClient Client, Uri Method)[] all, int repetitions)
    {
        var samples = all.Select(_ => new List<(double Ns, double Bytes)>()).ToArray();
        for (var round = -repetitions / 4; round < repetitions; round++)
        {
            for (var turn = 0; turn < all.Length; turn++)
            {
                var index = (turn + round + all.Length * repetitions) % all.Length;
                var sample = await SliceAsync(all[index].Client, all[index].Method).ConfigureAwait(false);
                if (round >= 0)
                {
                    samples[index].Add(sample);
                }
            }
        }

        var rows = new List<Row>();
        for (var i = 0; i < all.Length; i++)
        {
            var cost = new Cost(Median(samples[i].Select(static s => s.Ns)), samples[i].Min(static s => s.Ns), Median(samples[i].Select(static s => s.Bytes)));
            var ratio = Median(samples[i].Zip(samples[0], static (own, plain) => own.Ns / plain.Ns));
            rows.Add(Row.Of("grpc", $"unary: {all[i].Name}", 1, CallsInFlight, cost) with { Ratio = Math.Round(ratio, 3) });
        }

        return rows;
    }

    private static async Task<(double Ns, double Bytes)> SliceAsync(HttpClient client, Uri method)
    {
        var bytes = GC.GetTotalAllocatedBytes();
        var start = Stopwatch.GetTimestamp();
        var callers = Enumerable.Range(0, CallsInFlight).Select(_ => Task.Run(async () =>
        {
            var calls = 0;
            while (Stopwatch.GetElapsedTime(start) < s_slice)
            {
                await CallAsync(client, method).ConfigureAwait(false);
                calls++;
            }

            return calls;
        }));
        var count = (await Task.WhenAll(callers).ConfigureAwait(false)).Sum();
        return (Stopwatch.GetElapsedTime(start).TotalNanoseconds / count, (GC.GetTotalAllocatedBytes() - bytes) / (double)count);
    }

    private static async Task CallAsync(HttpClient client, Uri method)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, method)
        {
            Version = HttpVersion.Version20,
            VersionPolicy = HttpVersionPolicy.RequestVersionExact,
            Content = new ByteArrayContent(s_message),
        };
        request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/grpc");
        request.Headers.TE.Add(new TransferCodingWithQualityHeaderValue("trailers"));
        using var response = await client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead).ConfigureAwait(false);
        var body = await response.Content.ReadAsStreamAsync().ConfigureAwait(false);
        var buffer = new byte[256];
        var length = 0;
        while (await body.ReadAsync(buffer).ConfigureAwait(false) is > 0 and var count)
        {
            length += count;
        }

        if (length != s_message.Length || response.TrailingHeaders.GetValues("grpc-status").Single() != "0")
        {
            throw new InvalidOperationException($"An answer of {length} bytes.");
        }
    }

    private static ServiceProvider Balanced(int port, bool isIdempotent)
    {
        var services = new ServiceCollection();
        services.AddLoadBalancedHttpClient(Name, options =>
        {
            if (isIdempotent)
            {
                options.Grpc.IdempotentMethods.Add("*");
            }
        }).RemoveAllLoggers();
        services.AddClientLb().AddCluster(Name, new EndpointDescriptor("127.0.0.1", port));
        return services.BuildServiceProvider();
    }

    private static HttpClient ClientOf(ServiceProvider provider) => provider.GetRequiredService<IHttpClientFactory>().CreateClient(Name);

    private static double Median(IEnumerable<double> values)
    {
        var sorted = values.Order().ToList();
        var middle = sorted.Count / 2;
        return sorted.Count % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
    }
}
