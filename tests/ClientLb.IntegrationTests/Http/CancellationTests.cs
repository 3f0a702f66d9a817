using ClientLb.Calls;
using ClientLb.Endpoints;
using ClientLb.IntegrationTests.Infrastructure;

namespace ClientLb.IntegrationTests.Http;

public class CancellationTests
{
    [Fact]
    public async Task Caller_that_cancels_sees_its_own_token_and_blames_nobody()
    {
        await using var backends = await BackendGroup.StartAsync(1);
        await using var app = BalancedApp.To("cancelled", backends);
        for (var i = 0; i < 10; i++)
        {
            using var cancel = new CancellationTokenSource();
            var call = app.Client.GetAsync("/delay/30000", cancel.Token);
            await Eventually.IsTrueAsync(() => Task.FromResult(backends[0].Count == i + 1), TimeSpan.FromSeconds(20), "the call arrives");
            await cancel.CancelAsync();
            var error = await Assert.ThrowsAsync<TaskCanceledException>(() => call);
            Assert.Equal(cancel.Token, error.CancellationToken);
        }

        await app.NothingInFlightAsync();
        Assert.Equal(HealthState.Healthy, app.Cluster.Snapshot.Endpoints[0].Health.Status.State);
        Assert.Equal(10, backends[0].Count);
    }

    [Fact]
    public async Task Caller_that_cancels_while_the_body_comes_ends_the_lease()
    {
        await using var backends = await BackendGroup.StartAsync(1);
        await using var app = BalancedApp.To("cancelled-body", backends);
        using var cancel = new CancellationTokenSource();
        using var response = await app.Client.GetAsync("/chunks/1000/20", HttpCompletionOption.ResponseHeadersRead);
        var reading = response.Content.ReadAsStringAsync(cancel.Token);
        await Task.Delay(100);
        await cancel.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => reading);
        response.Dispose();
        await app.NothingInFlightAsync();
        Assert.Equal(HealthState.Healthy, app.Cluster.Snapshot.Endpoints[0].Health.Status.State);
    }

    [Fact]
    public async Task Call_that_takes_too_long_is_a_failure_and_no_cancellation()
    {
        await using var backends = await BackendGroup.StartAsync(2);
        await using var app = BalancedApp.To("late", backends.Select(BalancedApp.Descriptor), static o =>
        {
            o.Timeouts.Connect = o.Timeouts.Attempt = TimeSpan.FromMilliseconds(300);
            o.Timeouts.Call = TimeSpan.FromMilliseconds(500);
        });
        var failure = await Assert.ThrowsAsync<CallFailedException>(() => app.Client.GetAsync("/delay/30000"));

        Assert.Equal(CallFailureReason.DeadlineExceeded, failure.Reason);
        Assert.Equal("late", failure.Cluster);
    }
}
