using ClientLb.Endpoints;
using ClientLb.Grpc.Tests.Infrastructure;
using ClientLb.Health;
using ClientLb.IntegrationTests.Infrastructure;

namespace ClientLb.Grpc.Tests;

/// <summary>A server that says by <c>grpc.health.v1</c> that it wants no calls, and then that it wants them again, under load: it gets none meanwhile, and no call fails.</summary>
public class HealthFlipTests
{
    private static readonly TimeSpan s_limit = TimeSpan.FromSeconds(60);

    [Theory]
    [OnLibrary(Library.Python, HealthCheckType.Grpc), OnLibrary(Library.Python, HealthCheckType.GrpcWatch)]
    [OnLibrary(Library.Node, HealthCheckType.Grpc), OnLibrary(Library.Node, HealthCheckType.GrpcWatch)]
    public async Task Server_that_is_not_serving_gets_no_calls_and_none_fails(Library library, HealthCheckType type)
    {
        await using var flipping = library == Library.Node ? await ParrotProcess.StartNodeAsync() : await ParrotProcess.StartPythonAsync();
        await using var other = await ParrotProcess.StartPythonAsync();
        await using var third = await ParrotProcess.StartPythonAsync();

        // Not one method is idempotent: whatever were lost would be seen.
        await using var app = GrpcApp.To([flipping, other, third], null, cluster =>
        {
            cluster.Policy = "round_robin";
            cluster.HealthCheck.Type = type;
            cluster.HealthCheck.Interval = cluster.HealthCheck.Timeout = TimeSpan.FromMilliseconds(500);
        });
        var load = new SteadyCalls(app, 60);
        await load.MoreAsync(1);
        await Eventually.IsTrueAsync(() => Task.FromResult(StateOf(app, flipping) == CheckState.Passing), s_limit, "its checks pass");

        await load.MoreAsync(30);
        await flipping.SayAsync("NOT_SERVING");
        await Eventually.IsTrueAsync(() => Task.FromResult(IsOut(app, flipping) && app.Endpoint(flipping).Load.InFlight == 0), s_limit, "it is out, and what it had has ended");
        var begun = (await flipping.StateAsync()).Begun;
        await load.MoreAsync(60);
        Assert.Equal(begun, (await flipping.StateAsync()).Begun);

        await flipping.SayAsync("SERVING");
        await Eventually.IsTrueAsync(async () => (await flipping.StateAsync()).Begun > begun + 5, s_limit, "it gets calls again");

        var (calls, failures) = await load.StopAsync();
        Assert.True(failures.Count + load.Cut.Count == 0, $"{failures.Count} of {calls} calls failed:\n{string.Join('\n', failures.Concat(load.Cut).Take(5))}\n{app.Log}");
        await app.NothingInFlightAsync();
    }

    /// <summary>Its check fails, and that has been acted upon: between the two a call may still be on its way there.</summary>
    private static bool IsOut(GrpcApp app, ParrotProcess server) =>
        StateOf(app, server) == CheckState.Failing && !app.Cluster.Snapshot.Eligible.Any(e => e.Id == server.Descriptor.Id);

    private static CheckState StateOf(GrpcApp app, ParrotProcess server) => app.Endpoint(server.Descriptor).Health.Check.State;
}
