using ClientLb.Endpoints;
using ClientLb.Grpc.Tests.Infrastructure;
using ClientLb.IntegrationTests.Infrastructure;

namespace ClientLb.Grpc.Tests;

/// <summary>Four servers of two languages, of which one is killed, one frozen and one says UNAVAILABLE behind a 200: no idempotent call fails.</summary>
public class FailoverTests
{
    private static readonly TimeSpan s_limit = TimeSpan.FromSeconds(60);

    [Theory]
    [OnLibrary(Library.Node, StatusPlace.Trailers), OnLibrary(Library.Node, StatusPlace.Headers)]
    [OnLibrary(Library.Python, StatusPlace.Trailers), OnLibrary(Library.Python, StatusPlace.Headers)]
    public async Task Killed_frozen_and_unavailable_servers_fail_no_idempotent_call(Library library, StatusPlace place)
    {
        await using var killed = await StartAsync(library);
        await using var frozen = await StartAsync(library);
        await using var unavailable = await StartAsync(library);
        await using var good = await StartAsync(Library.Python);
        await using var app = GrpcApp.To([killed, frozen, unavailable, good], static client => client.Grpc.IdempotentMethods.Add("/clientlb.tests.Parrot/Say"));
        using var meter = new MeterReader(GrpcApp.Name);
        var load = new SteadyCalls(app, 60);

        await load.MoreAsync(60);
        killed.Kill();
        await load.MoreAsync(60);
        frozen.Freeze();
        await load.MoreAsync(60);
        await unavailable.FailAsync(14, place);
        HealthStatus said = null!;
        await Eventually.IsTrueAsync(() => Task.FromResult((said = app.Endpoint(unavailable).Health.Status).State == HealthState.Ejected), s_limit, "the one that is not available is out");
        await Eventually.IsTrueAsync(() => Task.FromResult(IsOut(app, killed) && IsOut(app, frozen)), s_limit, "so are the others");
        await load.MoreAsync(100);

        var (calls, failures) = await load.StopAsync();
        Assert.True(failures.Count == 0, $"{failures.Count} of {calls} calls failed:\n{string.Join('\n', failures.Take(5))}\n{app.Log}");

        // Nor was one in the middle of an answer: its method is known by then, and the answer is not its caller's before its status has come.
        Assert.True(load.Cut.Count == 0, $"{load.Cut.Count} of {calls} answers were cut:\n{string.Join('\n', load.Cut.Take(5))}");

        // HTTP said 200 each time: it is gRPC's status that counted, and it is named.
        Assert.Equal(Evidence.GrpcStatus, said.Evidence);
        Assert.Contains("gRPC status UNAVAILABLE", said.Reason, StringComparison.Ordinal);
        Assert.Contains(app.Log.Lines, line => line.Contains(" 200 ", StringComparison.Ordinal) && line.Contains(unavailable.Descriptor.Id, StringComparison.Ordinal) && line.Contains("gRPC status UNAVAILABLE", StringComparison.Ordinal));
        Assert.True(meter.Sum("clientlb.ejections", ("clientlb.reason", "grpc_status")) > 0);
        await app.NothingInFlightAsync();
    }

    private static Task<ParrotProcess> StartAsync(Library library) => library == Library.Node ? ParrotProcess.StartNodeAsync() : ParrotProcess.StartPythonAsync();

    private static bool IsOut(GrpcApp app, ParrotProcess server) => app.Endpoint(server.Descriptor).Health.Status.State is HealthState.Ejected or HealthState.Probation;
}
