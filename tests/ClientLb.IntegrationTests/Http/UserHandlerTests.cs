using ClientLb.IntegrationTests.Infrastructure;
using Microsoft.Extensions.DependencyInjection;

namespace ClientLb.IntegrationTests.Http;

public class UserHandlerTests
{
    [Fact]
    public async Task Handlers_of_the_client_run_once_a_call_and_attempt_handlers_once_an_attempt()
    {
        int calls = 0, attempts = 0;
        await using var backends = await BackendGroup.StartAsync(2);
        await using var app = BalancedApp.To("handlers", backends.Select(BalancedApp.Descriptor), client: builder => builder
            .AddHttpMessageHandler(() => new CountingHandler(() => Interlocked.Increment(ref calls)))
            .AddAttemptHandler(_ => new CountingHandler(() => Interlocked.Increment(ref attempts))));
        using var good = await app.Client.GetAsync("/");
        Assert.Equal((1, 1), (calls, attempts));

        using var bad = await app.Client.GetAsync("/status/500");
        Assert.Equal((2, 4), (calls, attempts));
        Assert.Equal(4, backends.Requests.Count());
    }
}
