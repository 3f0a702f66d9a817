using System.Collections.Concurrent;
using ClientLb.Clusters;
using ClientLb.Endpoints;
using ClientLb.Grpc.Tests.Infrastructure;
using ClientLb.Grpc.Tests.Protos;
using ClientLb.Health;
using ClientLb.IntegrationTests.Infrastructure;

namespace ClientLb.Grpc.Tests;

/// <summary>A thousand streams that stay open over four servers.</summary>
public class StreamTests
{
    private const int Streams = 1000;
    private const int AtOnce = 50;

    private static readonly TimeSpan s_limit = TimeSpan.FromSeconds(120);

    [Theory]
    [OnLibrary(Library.Node, true), OnLibrary(Library.Node, false)]
    [OnLibrary(Library.Kestrel, true), OnLibrary(Library.Kestrel, false)]
    public async Task Streams_are_spread_evenly_and_leave_a_server_that_drains(Library library, bool cancels)
    {
        var servers = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => Parrots.StartAsync(library)));
        // Connections that take long on a busy machine must not decide who gets streams.
        await using var app = GrpcApp.To(servers, static client => client.Timeouts.Connect = TimeSpan.FromSeconds(10), options =>
        {
            options.Policy = "least_connections";
            options.Drain = TimeSpan.FromSeconds(3);
            options.CancelOnDrainTimeout = cancels;
        });
        var ended = new TaskCompletionSource<DrainEnd>(TaskCreationOptions.RunContinuationsAsynchronously);
        app.Cluster.DrainEnded += (_, end) => ended.TrySetResult(end);

        var calls = await OpenAsync(app, Streams);
        var open = await OpenOfAsync(servers);
        Assert.Equal(Streams, open.Sum());
        Assert.True(open.Max() - open.Min() <= 0.05 * Streams / servers.Length, $"open streams: {string.Join(", ", open)}\n{app.Log}");
        Assert.Equal(open, servers.Select(server => app.Endpoint(server).Load.InFlight));

        // One is drained: what it has goes on, and nothing new comes.
        var leaving = app.Endpoint(servers[0]);
        app.Cluster.Drain(leaving.Id, "maintenance");
        await Eventually.IsTrueAsync(() => Task.FromResult(!app.Cluster.Snapshot.Eligible.Contains(leaving)), s_limit, "it is out of use");
        calls.AddRange(await OpenAsync(app, 150));
        Assert.Equal(open[0], (await servers[0].StateAsync()).Begun);
        if (cancels)
        {
            var end = await ended.Task.WaitAsync(s_limit);
            Assert.Equal((DrainResult.CutOff, open[0]), (end.Result, end.CutOff));
            await Eventually.IsTrueAsync(async () => (await servers[0].StateAsync()).Open == 0, s_limit, "the server has none any more");
        }
        else
        {
            await Eventually.IsTrueAsync(
                () => Task.FromResult(app.Log.Lines.Any(line => line.Contains(" Warning 116 ", StringComparison.Ordinal) && line.Contains($" {open[0]} ", StringComparison.Ordinal))), s_limit, "what goes on is counted");
            Assert.Equal(open[0], (await servers[0].StateAsync()).Open);
            Assert.False(ended.Task.IsCompleted);
        }

        // Nobody else has lost anything, and nobody is blamed.
        Assert.Equal(Streams + 150 - open[0], (await OpenOfAsync(servers)).Skip(1).Sum());
        Assert.All(app.Cluster.Snapshot.Endpoints, static endpoint => Assert.Equal(HealthState.Healthy, endpoint.Health.Status.State));
        calls.ForEach(static call => call.Dispose());
        await app.NothingInFlightAsync();
        await Task.WhenAll(servers.Select(static server => server.DisposeAsync().AsTask()));
    }

    private static async Task<List<GrpcCall>> OpenAsync(GrpcApp app, int count)
    {
        var calls = new ConcurrentBag<GrpcCall>();
        await Parallel.ForEachAsync(Enumerable.Range(0, count), new ParallelOptions { MaxDegreeOfParallelism = AtOnce }, async (_, cancellationToken) =>
        {
            var call = await GrpcCall.StartAsync(app.Client, "Recite", new Phrase { Text = "open", Times = -1 }, cancellationToken: cancellationToken);
            Assert.NotNull(await call.ReadAsync(cancellationToken));
            calls.Add(call);
        });
        return [.. calls];
    }

    private static async Task<int[]> OpenOfAsync(IParrot[] servers) => [.. (await Task.WhenAll(servers.Select(static server => server.StateAsync()))).Select(static state => state.Open)];
}
