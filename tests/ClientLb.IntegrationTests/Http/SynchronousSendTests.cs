using ClientLb.Calls;
using ClientLb.Endpoints;
using ClientLb.IntegrationTests.Infrastructure;

namespace ClientLb.IntegrationTests.Http;

public class SynchronousSendTests
{
    [Fact]
    public async Task Synchronous_get_is_answered_and_passes_over_an_endpoint_that_refuses()
    {
        await using var backends = await BackendGroup.StartAsync(1);
        await using var app = BalancedApp.To("sync-get", [new(LoopbackAddress.Next(), 9), BalancedApp.Descriptor(backends[0])]);
        for (var i = 0; i < 20; i++)
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, "/");
            using var response = app.Client.Send(request);
            using var reader = new StreamReader(response.Content.ReadAsStream());
            Assert.Equal(backends[0].Authority, reader.ReadToEnd());
        }

        Assert.Equal(HealthState.Ejected, app.Cluster.Snapshot.Endpoints[0].Health.Status.State);
        await app.NothingInFlightAsync();
    }

    [Fact]
    public async Task Synchronous_post_sends_its_body()
    {
        await using var backends = await BackendGroup.StartAsync(2);
        await using var app = BalancedApp.To("sync-post", backends);
        using var request = new HttpRequestMessage(HttpMethod.Post, "/echo") { Content = new StringContent("hello") };
        using var response = app.Client.Send(request);
        using var reader = new StreamReader(response.Content.ReadAsStream());

        Assert.Equal("hello", reader.ReadToEnd());
    }

    [Fact]
    public async Task Synchronous_call_without_any_endpoint_that_answers_says_what_was_tried()
    {
        await using var app = BalancedApp.To("sync-none", [new EndpointDescriptor(LoopbackAddress.Next(), 9), new EndpointDescriptor(LoopbackAddress.Next(), 9)]);
        using var request = new HttpRequestMessage(HttpMethod.Get, "/");
        var failure = Assert.Throws<CallFailedException>(() => app.Client.Send(request));

        Assert.Equal(CallFailureReason.AttemptsFailed, failure.Reason);
        Assert.Equal(2, failure.Attempts.Select(static a => a.Endpoint).Distinct().Count());
    }
}
