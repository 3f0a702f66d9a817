using ClientLb.Endpoints;
using ClientLb.Health;

namespace ClientLb.IntegrationTests.Health;

/// <summary>gRPC checks of servers on other people's gRPC libraries.</summary>
public class GrpcCheckTests
{
    [GrpcFact]
    public async Task Check_sees_the_status_change()
    {
        await using var server = await GrpcServer.StartPythonAsync();
        await using var app = CheckedApp.To([server.Descriptor], static check => check.Type = HealthCheckType.Grpc);
        await FollowsAsync(app, server, "grpc.health.v1 Check");
    }

    [GrpcFact]
    public async Task Watch_sees_the_status_change()
    {
        await using var server = await GrpcServer.StartPythonAsync();
        await using var app = CheckedApp.To([server.Descriptor], static check => check.Type = HealthCheckType.GrpcWatch);
        await FollowsAsync(app, server, "grpc.health.v1 Watch");
    }

    [GrpcNodeFact]
    public async Task Check_and_Watch_of_another_library_see_the_status_change()
    {
        await using var server = await GrpcServer.StartNodeAsync();
        await using (var app = CheckedApp.To([server.Descriptor], static check => check.Type = HealthCheckType.Grpc))
        {
            await FollowsAsync(app, server, "grpc.health.v1 Check");
        }

        await using (var app = CheckedApp.To([server.Descriptor], static check => check.Type = HealthCheckType.GrpcWatch))
        {
            await FollowsAsync(app, server, "grpc.health.v1 Watch");
        }
    }

    [GrpcFact]
    public async Task Watch_brings_news_between_two_checks()
    {
        await using var server = await GrpcServer.StartPythonAsync();
        await using var app = CheckedApp.To([server.Descriptor], static check =>
            (check.Type, check.Interval, check.Timeout, check.Failures) = (HealthCheckType.GrpcWatch, TimeSpan.FromSeconds(15), TimeSpan.FromSeconds(10), 1000));
        await app.SaysAsync(server.Descriptor, CheckState.Passing);

        await server.SayAsync("-", "NOT_SERVING");

        // A thousand checks would have to fail: the stream alone can have said it.
        var failing = await app.SaysAsync(server.Descriptor, CheckState.Failing);
        Assert.Contains("said NOT_SERVING", failing.Reason, StringComparison.Ordinal);
    }

    [GrpcFact]
    public async Task Service_that_the_server_does_not_have_fails()
    {
        await using var server = await GrpcServer.StartPythonAsync();
        await using var check = CheckedApp.To([server.Descriptor], static o => (o.Type, o.GrpcService) = (HealthCheckType.Grpc, "orders"));
        await using var watch = CheckedApp.To([server.Descriptor], static o => (o.Type, o.GrpcService) = (HealthCheckType.GrpcWatch, "orders"));

        var failing = await check.SaysAsync(server.Descriptor, CheckState.Failing);
        Assert.Contains("grpc.health.v1 Check of 'orders'", failing.Reason, StringComparison.Ordinal);
        Assert.Contains("ended with gRPC status 5 (unknown service)", failing.Reason, StringComparison.Ordinal);
        await watch.SaysAsync(server.Descriptor, CheckState.Failing);

        await server.SayAsync("orders", "SERVING");
        await check.SaysAsync(server.Descriptor, CheckState.Passing);
        await watch.SaysAsync(server.Descriptor, CheckState.Passing);
    }

    [GrpcFact]
    public async Task Server_without_Watch_is_asked_by_Check()
    {
        await using var server = await GrpcServer.StartPythonAsync("no-watch");
        await using var app = CheckedApp.To([server.Descriptor], static check => check.Type = HealthCheckType.GrpcWatch);

        await FollowsAsync(app, server, "grpc.health.v1 Watch");

        Assert.Equal(1, app.Logged(208));
    }

    [GrpcFact]
    public async Task Frozen_server_is_found_by_Check_and_by_Watch()
    {
        await using var server = await GrpcServer.StartPythonAsync();
        await using var check = CheckedApp.To([server.Descriptor], static o => o.Type = HealthCheckType.Grpc);
        await using var watch = CheckedApp.To([server.Descriptor], static o => o.Type = HealthCheckType.GrpcWatch);
        await check.SaysAsync(server.Descriptor, CheckState.Passing);
        await watch.SaysAsync(server.Descriptor, CheckState.Passing);

        server.Freeze();

        Assert.Contains("got no answer in time", (await check.SaysAsync(server.Descriptor, CheckState.Failing)).Reason, StringComparison.Ordinal);
        await watch.SaysAsync(server.Descriptor, CheckState.Failing);
        server.Thaw();
        await check.SaysAsync(server.Descriptor, CheckState.Passing);
        await watch.SaysAsync(server.Descriptor, CheckState.Passing);
    }

    [GrpcFact]
    public async Task Watch_that_ends_is_opened_again()
    {
        await using var server = await GrpcServer.StartPythonAsync();
        await using var app = CheckedApp.To([server.Descriptor], static o => (o.Type, o.Failures) = (HealthCheckType.GrpcWatch, 1000));
        await app.SaysAsync(server.Descriptor, CheckState.Passing);

        for (var i = 0; i < 3; i++)
        {
            await server.EndWatchesAsync();
            await server.SayAsync("-", "NOT_SERVING");
            await app.SaysAsync(server.Descriptor, CheckState.Failing);
            await server.SayAsync("-", "SERVING");
            await app.SaysAsync(server.Descriptor, CheckState.Passing);
        }
    }

    [GrpcFact]
    public async Task Server_that_is_gone_fails_with_hard_evidence()
    {
        await using var server = await GrpcServer.StartPythonAsync();
        await using var app = CheckedApp.To([server.Descriptor], static o => o.Type = HealthCheckType.GrpcWatch);
        await app.SaysAsync(server.Descriptor, CheckState.Passing);

        server.Kill();

        await app.SaysAsync(server.Descriptor, CheckState.Failing);
        await app.IsOutByAsync(server.Descriptor, Evidence.Refused);
    }

    [GrpcFact]
    public async Task Held_connection_is_not_ended_by_the_server_for_too_many_pings()
    {
        // gRPC servers end a connection that pings a silent stream more often than every five minutes. Checks are no pings.
        await using var server = await GrpcServer.StartPythonAsync();
        await using var app = CheckedApp.To([server.Descriptor], static o => (o.Type, o.Interval, o.Timeout, o.Failures) =
            (HealthCheckType.GrpcWatch, TimeSpan.FromMilliseconds(200), TimeSpan.FromMilliseconds(200), 1000));
        await app.SaysAsync(server.Descriptor, CheckState.Passing);

        await Task.Delay(TimeSpan.FromSeconds(5));

        Assert.Equal(CheckState.Passing, app.Verdict(server.Descriptor).State);
        Assert.Equal(0, app.Logged(205));
    }

    [Fact]
    public async Task Server_that_speaks_no_gRPC_fails()
    {
        await using var page = await HealthPage.StartAsync();
        await using var app = CheckedApp.To([page.Descriptor], static check => check.Type = HealthCheckType.Grpc);

        var failing = await app.SaysAsync(page.Descriptor, CheckState.Failing);

        Assert.StartsWith("grpc.health.v1 Check at", failing.Reason, StringComparison.Ordinal);
        Assert.False(HealthStatus.IsHardEvidence(app.Endpoint(page.Descriptor).Health.Status.Evidence));
    }

    private static async Task FollowsAsync(CheckedApp app, GrpcServer server, string check)
    {
        await app.SaysAsync(server.Descriptor, CheckState.Passing);
        await server.SayAsync("-", "NOT_SERVING");
        var failing = await app.SaysAsync(server.Descriptor, CheckState.Failing);
        Assert.StartsWith($"{check} at {server.Descriptor.Id} said NOT_SERVING", failing.Reason, StringComparison.Ordinal);
        await server.SayAsync("-", "SERVING");
        await app.SaysAsync(server.Descriptor, CheckState.Passing);
        await server.SayAsync("-", "UNKNOWN");
        await app.SaysAsync(server.Descriptor, CheckState.Failing);
        await server.SayAsync("-", "SERVING");
        await app.SaysAsync(server.Descriptor, CheckState.Passing);
    }
}
