using ClientLb.Grpc.Tests.Infrastructure;

namespace ClientLb.Grpc.Tests;

/// <summary>Servers that end each connection after a while by GOAWAY, as gRPC servers behind balancers are set up to do.</summary>
public class AgedConnectionTests
{
    private static readonly TimeSpan s_period = TimeSpan.FromSeconds(4);

    /// <summary>
    /// On Google's library. That of Node sends its two GOAWAYs at once; while SocketsHttpHandler measures a round trip, it takes the second for a protocol error and ends the connection with all that is on
    /// it, under a plain HttpClient too: nothing above it can promise anything then.
    /// </summary>
    [Theory]
    [OnLibrary(Library.Python)]
    public async Task Connections_that_the_server_ends_cost_no_call(Library library)
    {
        // What they are asked may not be repeated: that each call is served once is left to GOAWAY, which says what was not.
        string[] options = ["grpc.max_connection_age_ms=200", "grpc.max_connection_age_grace_ms=10000"];
        await using var first = await Parrots.StartAsync(library, options);
        await using var second = await Parrots.StartAsync(library, options);
        await using var app = GrpcApp.To([first, second]);
        var random = new Random(7);
        var load = new SteadyCalls(app, 100, phrase => phrase.PauseMs = random.Next(50));

        await Task.Delay(s_period);

        var (calls, failures) = await load.StopAsync();
        Assert.True(failures.Count == 0, $"{failures.Count} of {calls} calls failed:\n{string.Join('\n', failures.Take(5))}\n{app.Log}");
        Assert.Empty(load.Cut);
        Assert.InRange((await first.StateAsync()).Begun + (await second.StateAsync()).Begun, calls, calls);
    }
}
