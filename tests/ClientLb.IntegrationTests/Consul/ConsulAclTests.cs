using ClientLb.Discovery;
using ClientLb.IntegrationTests.Infrastructure;

namespace ClientLb.IntegrationTests.Consul;

public class ConsulAclTests(ConsulAclTests.SecuredAgent secured) : IClassFixture<ConsulAclTests.SecuredAgent>
{
    private const string Rights = """
        service_prefix "" { policy = "read" }
        node_prefix "" { policy = "read" }
        """;

    private ConsulApi Api => secured.Api!;

    [ConsulFact]
    public async Task Token_without_rights_gives_an_empty_list_with_a_hint()
    {
        await Api.RegisterAsync("secret", "s-1", "10.0.0.1", 1);
        var (_, token) = await Api.CreateTokenAsync("service-only", """service "secret" { policy = "read" }""");
        await using var source = new WatchedSource(Api.Uri, o => o.Token = token);
        var reader = source.Watch("secret");
        var (update, _) = await reader.SeesAsync(static u => u.Error is null);

        Assert.Empty(update.Endpoints);
        Assert.Contains("node:read", update.Note, StringComparison.Ordinal);
    }

    [ConsulFact]
    public async Task Deleted_token_is_an_error_that_says_so_and_the_list_stays()
    {
        await Api.RegisterAsync("kept", "k-1", "10.0.0.1", 1);
        var (accessor, token) = await Api.CreateTokenAsync("deleted", Rights);
        await using var source = new WatchedSource(Api.Uri, o => o.Token = token);
        var reader = source.Watch("kept");
        await reader.SeesPortsAsync(5, 1);

        // The agent remembers tokens for a while, so a held query may be answered once more.
        await Api.DeleteTokenAsync(accessor);
        await Api.RegisterAsync("kept", "k-2", "10.0.0.1", 2);
        var (update, _) = await reader.SeesAsync(static u => u.Error is not null);

        Assert.NotEmpty(update.Endpoints);
        Assert.Equal(DiscoveryErrorKind.Denied, Assert.IsType<DiscoveryException>(update.Error).Kind);
        Assert.Contains("deleted", update.Error!.Message, StringComparison.Ordinal);
        Assert.DoesNotContain(token, update.Error.ToString(), StringComparison.Ordinal);
    }

    [ConsulFact]
    public async Task Token_file_that_is_replaced_ends_the_error()
    {
        using var directory = new TemporaryDirectory();
        var file = directory.File("token");
        await File.WriteAllTextAsync(file, "00000000-0000-0000-0000-00000000dead\n");
        await Api.RegisterAsync("rotated", "r-1", "10.0.0.1", 1);
        var (_, token) = await Api.CreateTokenAsync("rotated", Rights);
        await using var source = new WatchedSource(Api.Uri, o => o.TokenFile = file);
        var reader = source.Watch("rotated");
        await reader.SeesAsync(static u => u.Error is DiscoveryException { Kind: DiscoveryErrorKind.Denied });

        await File.WriteAllTextAsync(file, token + "\n");
        await reader.SeesPortsAsync(5, 1);
    }

    public sealed class SecuredAgent : IAsyncLifetime
    {
        private ConsulAgent? _agent;

        internal ConsulApi? Api { get; private set; }

        public async Task InitializeAsync()
        {
            if (ConsulProgram.IsExpected)
            {
                _agent = await ConsulAgent.StartAsync(
                    ["-dev", "-hcl", """acl { enabled = true default_policy = "deny" }"""], waitForLeader: false);
                Api = new(_agent.Uri, await _agent.Api.BootstrapAclAsync());
            }
        }

        public async Task DisposeAsync()
        {
            Api?.Dispose();
            await (_agent?.DisposeAsync() ?? ValueTask.CompletedTask);
        }
    }
}
