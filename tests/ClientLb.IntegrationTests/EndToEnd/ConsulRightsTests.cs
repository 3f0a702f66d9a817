using ClientLb.IntegrationTests.Consul;
using ClientLb.IntegrationTests.Infrastructure;
using Xunit.Abstractions;

namespace ClientLb.IntegrationTests.EndToEnd;

public class ConsulRightsTests(ITestOutputHelper output)
{
    [ConsulFact]
    public async Task Token_that_loses_its_rights_and_is_deleted_costs_no_call()
    {
        var secured = new ConsulAclTests.SecuredAgent();
        await secured.InitializeAsync();
        using var directory = new TemporaryDirectory();
        try
        {
            var api = secured.Api!;
            var (_, full) = await api.CreateTokenAsync("full", """service_prefix "" { policy = "read" } node_prefix "" { policy = "read" }""");
            var (accessor, powerless) = await api.CreateTokenAsync("powerless", """service "other" { policy = "read" }""");
            var file = directory.File("token");
            await File.WriteAllTextAsync(file, full);
            await using var stack = await ConsulStack.StartAsync(output, api.Uri, b => ConsulStack.RegisterAsync(api, b), configure: o => o.TokenFile = file);

            // Consul says nothing of missing rights: the list is just empty. A held query ends with the token that it began with.
            await File.WriteAllTextAsync(file, powerless);
            await WakeUntilAsync(stack, api, () => stack.Cluster.Discovery.Note?.Contains("node:read", StringComparison.Ordinal) == true, "the note names the rights");
            await stack.Load.MoreAsync(50);
            Assert.True(stack.IsEligible(0) && stack.IsEligible(1));

            await api.DeleteTokenAsync(accessor);
            await WakeUntilAsync(stack, api, () => stack.Cluster.Discovery is { Errors: > 0, LastError: not null }, "the deleted token is an error");
            await stack.Load.MoreAsync(50);

            await File.WriteAllTextAsync(file, full);
            await ConsulStack.RegisterAsync(api, stack.Backends[3]);
            await stack.DiscoveryRecoversAsync();
            await stack.SeesAsync(3, "the token has its rights again");
            await stack.EndAsync();
        }
        finally
        {
            await secured.DisposeAsync();
        }
    }

    /// <summary>Changes an instance now and then, which wakes the held query.</summary>
    private static Task<TimeSpan> WakeUntilAsync(ConsulStack stack, ConsulApi api, Func<bool> condition, string what)
    {
        var weight = 1;
        return Eventually.IsTrueAsync(
            async () =>
            {
                weight = 3 - weight;
                await ConsulStack.RegisterAsync(api, stack.Backends[2], weight);
                await Task.Delay(300);
                return condition();
            },
            TimeSpan.FromSeconds(20), what);
    }
}
