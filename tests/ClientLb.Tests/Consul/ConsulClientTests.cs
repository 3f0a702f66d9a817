using System.Net;
using System.Net.Sockets;
using System.Security.Authentication;
using ClientLb.Consul;
using ClientLb.Discovery;
using ClientLb.Tests.Discovery;

namespace ClientLb.Tests.Consul;

public sealed class ConsulClientTests : IDisposable
{
    private static readonly Uri s_agent = new("http://agent:8500/");

    private readonly FakeConsul _consul = new();
    private readonly VirtualTime _time = new();
    private readonly ConsulOptions _options = new();
    private readonly ConsulClient _client;

    public ConsulClientTests() => _client = new(_consul, _options, _time);

    [Theory]
    [InlineData(403, "ACL not found", DiscoveryErrorKind.Denied, "deleted")]
    [InlineData(403, "Permission denied", DiscoveryErrorKind.Denied, "service:read")]
    [InlineData(400, "Client sent an HTTP request to an HTTPS server.\n", DiscoveryErrorKind.Insecure, "https://")]
    [InlineData(400, "Invalid index", DiscoveryErrorKind.Invalid, "Invalid index")]
    [InlineData(404, "", DiscoveryErrorKind.Invalid, "HTTP address")]
    [InlineData(301, "", DiscoveryErrorKind.Invalid, "HTTP address")]
    [InlineData(400, "Bad request: Invalid query parameter: \"ns\" - Namespaces are a Consul Enterprise feature", DiscoveryErrorKind.Invalid, "remove ClientLb:Consul:Namespace")]
    [InlineData(400, "Invalid query parameter: \"partition\" - Partitions are a Consul Enterprise feature", DiscoveryErrorKind.Invalid, "remove ClientLb:Consul:Partition")]
    [InlineData(429, "rate limit", DiscoveryErrorKind.Unavailable, "rate limit")]
    [InlineData(500, "No cluster leader", DiscoveryErrorKind.Unavailable, "No cluster leader")]
    [InlineData(500, "No path to datacenter", DiscoveryErrorKind.Unavailable, "ClientLb:Consul:Datacenter")]
    [InlineData(500, "Failed to create boolean expression evaluator: bad", DiscoveryErrorKind.Invalid, "ClientLb:Consul:Filter")]
    public async Task Refusal_says_what_to_check(int status, string text, DiscoveryErrorKind kind, string advice)
    {
        var asking = AskAsync();
        (await _consul.NextAsync()).Refuse((HttpStatusCode)status, text);

        await AssertFailsAsync(asking, kind, advice);
    }

    public static TheoryData<string, Exception, DiscoveryErrorKind, string> Exceptions => new()
    {
        { "http", Wrap(new SocketException((int)SocketError.ConnectionRefused)), DiscoveryErrorKind.Unreachable, "Is the agent running" },
        { "http", Wrap(new IOException("", new SocketException((int)SocketError.ConnectionReset))), DiscoveryErrorKind.Unreachable, "http_max_conns_per_client" },
        { "http", Wrap(new HttpIOException(HttpRequestError.ResponseEnded)), DiscoveryErrorKind.Unreachable, "http_max_conns_per_client" },
        { "https", Wrap(new AuthenticationException("PartialChain.")), DiscoveryErrorKind.Insecure, "CaFile" },
        { "https", Wrap(new IOException("The decryption operation failed.")), DiscoveryErrorKind.Insecure, "CertificateFile" },
        { "https", Wrap(new IOException("", new SocketException((int)SocketError.ConnectionReset))), DiscoveryErrorKind.Unreachable, "CertificateFile" },
        { "http", new TaskCanceledException("", new TimeoutException()), DiscoveryErrorKind.Unreachable, "in 2 s" },
    };

    [Theory]
    [MemberData(nameof(Exceptions))]
    public async Task Broken_connection_says_what_to_check(string scheme, Exception exception, DiscoveryErrorKind kind, string advice)
    {
        var asking = AskAsync(new UriBuilder(s_agent) { Scheme = scheme }.Uri);
        (await _consul.NextAsync()).Throw(exception);

        await AssertFailsAsync(asking, kind, advice);
    }

    [Theory]
    [InlineData("<html>")]
    [InlineData("{}")]
    [InlineData("""[{"Service":{"Port":"x"}}]""")]
    [InlineData("")]
    public async Task Answer_that_is_none_is_an_error(string body)
    {
        var asking = AskAsync();
        (await _consul.NextAsync()).Answer(1, body);

        await AssertFailsAsync(asking, DiscoveryErrorKind.Invalid, "not understood");
    }

    [Fact]
    public async Task Query_without_index_has_ten_seconds()
    {
        var asking = AskAsync();
        var request = await _consul.NextAsync();
        _time.Advance(TimeSpan.FromSeconds(9.9));
        Assert.False(request.IsCancelled);
        _time.Advance(TimeSpan.FromSeconds(0.1));

        await AssertFailsAsync(asking, DiscoveryErrorKind.Timeout, "10 s");
    }

    [Fact]
    public async Task Token_is_sent_and_never_shown()
    {
        _options.Token = "very-secret";
        var asking = AskAsync();
        var request = await _consul.NextAsync();
        request.Refuse(HttpStatusCode.Forbidden, "ACL not found");

        Assert.Equal("very-secret", request.Token);
        Assert.DoesNotContain("very-secret", (await Assert.ThrowsAsync<DiscoveryException>(() => asking)).ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Token_file_is_read_for_each_query()
    {
        var file = Path.GetTempFileName();
        try
        {
            _options.TokenFile = file;
            foreach (var token in new[] { "one", "two" })
            {
                await File.WriteAllTextAsync(file, token + "\n");
                var asking = AskAsync();
                var request = await _consul.NextAsync();
                request.Answer(1, "[]");
                await asking;
                Assert.Equal(token, request.Token);
            }
        }
        finally
        {
            File.Delete(file);
        }

        await AssertFailsAsync(AskAsync(), DiscoveryErrorKind.Denied, "TokenFile");
    }

    [Fact]
    public async Task Server_name_is_the_host_over_tls_only()
    {
        _options.TlsServerName = "server.dc1.consul";
        foreach (var (agent, expected) in new[] { (new Uri("https://agent:8501/"), "server.dc1.consul"), (s_agent, null) })
        {
            var asking = AskAsync(agent);
            var request = await _consul.NextAsync();
            request.Answer(1, "[]");
            await asking;
            Assert.Equal(expected, request.HostHeader);
        }
    }

    [Fact]
    public async Task Path_of_a_proxy_is_kept()
    {
        Assert.True(ConsulAddress.TryParse("https://proxy/consul", out var agent));
        var asking = AskAsync(agent);
        var request = await _consul.NextAsync();
        request.Answer(1, "[]");
        await asking;

        Assert.Equal("/consul/v1/health/service/web", request.Uri.AbsolutePath);
    }

    public void Dispose()
    {
        _client.Dispose();
        _consul.Dispose();
    }

    private static HttpRequestException Wrap(Exception inner) => new("outer", inner);

    private static async Task AssertFailsAsync(Task asking, DiscoveryErrorKind kind, string advice)
    {
        var error = await Assert.ThrowsAsync<DiscoveryException>(() => asking);
        Assert.Equal(kind, error.Kind);
        Assert.Contains(advice, error.Message, StringComparison.Ordinal);
    }

    private Task<ConsulAnswer> AskAsync(Uri? agent = null) =>
        _client.QueryAsync(agent ?? s_agent, ConsulQuery.Create(new("web"), _options, new()), 0, default, ConsulConsistency.Leader, CancellationToken.None);
}
