using ClientLb.Endpoints;
using ClientLb.IntegrationTests.Infrastructure;

namespace ClientLb.IntegrationTests.Http;

public class StreamingTests
{
    [Fact]
    public async Task Body_that_comes_slowly_keeps_its_lease_to_its_end()
    {
        await using var backends = await BackendGroup.StartAsync(2);
        await using var app = BalancedApp.To("slow", backends);
        using var response = await app.Client.GetAsync("/chunks/5/40", HttpCompletionOption.ResponseHeadersRead);
        using var reader = new StreamReader(await response.Content.ReadAsStreamAsync());
        for (var i = 0; i < 5; i++)
        {
            Assert.Equal(1, app.InFlight);
            Assert.Equal($"chunk {i}", await reader.ReadLineAsync());
        }

        Assert.Null(await reader.ReadLineAsync());
        await app.NothingInFlightAsync();
    }

    [Fact]
    public async Task Body_that_is_dropped_half_read_ends_its_lease_and_blames_nobody()
    {
        await using var backends = await BackendGroup.StartAsync(1);
        await using var app = BalancedApp.To("dropped", backends);
        for (var i = 0; i < 10; i++)
        {
            using var response = await app.Client.GetAsync("/chunks/1000/20", HttpCompletionOption.ResponseHeadersRead);
            await using var stream = await response.Content.ReadAsStreamAsync();
            Assert.NotEqual(-1, stream.ReadByte());
            Assert.Equal(1, app.InFlight);
        }

        await app.NothingInFlightAsync();
        Assert.Equal(HealthState.Healthy, app.Cluster.Snapshot.Endpoints[0].Health.Status.State);
    }

    [Fact]
    public async Task Body_that_is_never_touched_ends_its_lease_with_the_response()
    {
        await using var backends = await BackendGroup.StartAsync(1);
        await using var app = BalancedApp.To("untouched", backends);
        (await app.Client.GetAsync("/chunks/1000/20", HttpCompletionOption.ResponseHeadersRead)).Dispose();

        await app.NothingInFlightAsync();
    }

    [Fact]
    public async Task Body_that_breaks_off_is_an_error_and_ends_its_lease()
    {
        var backend = await BackendProcess.StartAsync();
        await using (backend)
        {
            await using var app = BalancedApp.To("broken", [backend.Descriptor]);
            using var response = await app.Client.GetAsync("/chunks/1000/20", HttpCompletionOption.ResponseHeadersRead);
            await using var stream = await response.Content.ReadAsStreamAsync();
            Assert.NotEqual(-1, stream.ReadByte());
            backend.Kill();

            await Assert.ThrowsAnyAsync<IOException>(() => stream.CopyToAsync(Stream.Null));
            await app.NothingInFlightAsync();
        }
    }

    [Fact]
    public async Task Upload_larger_than_the_replay_buffer_is_streamed()
    {
        await using var backends = await BackendGroup.StartAsync(1);
        await using var app = BalancedApp.To("upload", backends);
        using var request = new HttpRequestMessage(HttpMethod.Put, "/echo") { Content = new StreamContent(new UnseekableStream(1_000_000)) };
        using var response = await app.Client.SendAsync(request);

        Assert.Equal(1_000_000, (await response.Content.ReadAsByteArrayAsync()).Length);
    }
}
