using ClientLb.Grpc.Tests.Infrastructure;

namespace ClientLb.Grpc.Tests;

/// <summary>Servers that end each connection after a while by GOAWAY, as gRPC servers behind balancers are set up to do.</summary>
public class AgedConnectionTests
{
    private static readonly TimeSpan s_period = TimeSpan.FromSeconds(4);

    [Theory]
    [OnLibrary(Library.Python), OnLibrary(Library.Node)]
    public async Task Connections_that_the_server_ends_cost_no_call(Library library)
    {
        // Python's may not be repeated: that each is served once is left to GOAWAY, which says what was not. Node sends its two GOAWAYs at once; while SocketsHttpHandler measures a round trip, it takes the second
        // for a protocol error and ends the connection with all that is on it (a plain HttpClient does so too), so only calls that may be repeated get through.
        var isIdempotent = library == Library.Node;
        string[] options = ["grpc.max_connection_age_ms=200", "grpc.max_connection_age_grace_ms=10000"];
        await using var first = await Parrots.StartAsync(library, options);
        await using var second = await Parrots.StartAsync(library, options);
        await using var app = GrpcApp.To([first, second], client =>
        {
            if (isIdempotent)
            {
                client.Grpc.IdempotentMethods.Add("/clientlb.tests.Parrot/Say");
                client.Retry.MaxAttempts = 5;
            }
        }, static cluster => (cluster.RetryBudget.MinTokens, cluster.RetryBudget.Ratio) = (1000, 1));
        var random = new Random(7);
        var load = new SteadyCalls(app, 100, phrase => phrase.PauseMs = random.Next(50));

        await Task.Delay(s_period);

        var (calls, failures) = await load.StopAsync();
        Assert.True(failures.Count == 0, $"{failures.Count} of {calls} calls failed:\n{string.Join('\n', failures.Take(5))}\n{app.Log}");
        Assert.InRange((await first.StateAsync()).Begun + (await second.StateAsync()).Begun, calls, isIdempotent ? calls * 2 : calls);
    }
}
