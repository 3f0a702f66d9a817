using ClientLb.Consul.Registration;

namespace ClientLb.Tests.Consul.Registration;

public class RegistrationEntryTests
{
    [Fact]
    public void Checks_are_written_for_the_address_that_is_registered()
    {
        var options = new ConsulRegistrationOptions { DeregisterCriticalAfter = TimeSpan.FromMinutes(2) };
        options.Checks.Add(new() { Type = ConsulCheckType.Http });
        options.Checks.Add(new() { Type = ConsulCheckType.Http, Path = "/well?deep=1", Interval = TimeSpan.FromSeconds(5), Timeout = TimeSpan.FromMilliseconds(500) });
        options.Checks.Add(new() { Type = ConsulCheckType.Tcp });
        options.Checks.Add(new() { Type = ConsulCheckType.Grpc });
        options.Checks.Add(new() { Type = ConsulCheckType.Grpc, Path = "orders.Orders" });

        var checks = Create(options, address: "10.0.0.1").Document.Checks;

        Assert.Equal(["http://10.0.0.1:80/health", "http://10.0.0.1:80/well?deep=1", null, null, null], checks.Select(static c => c.Http));
        Assert.Equal([null, null, "10.0.0.1:80", null, null], checks.Select(static c => c.Tcp));
        Assert.Equal([null, null, null, "10.0.0.1:80", "10.0.0.1:80/orders.Orders"], checks.Select(static c => c.Grpc));
        Assert.Equal(("5000ms", "500ms", null, "120000ms"), (checks[1].Interval, checks[1].Timeout, checks[1].Status, checks[1].DeregisterAfter));
        Assert.Equal(5, checks.Select(static c => c.Id).Distinct().Count());
    }

    [Fact]
    public void Node_address_the_agent_checks_its_own_machine()
    {
        var options = new ConsulRegistrationOptions();
        options.Checks.Add(new() { Type = ConsulCheckType.Tcp });

        var document = Create(options, address: "").Document;

        Assert.Equal(("", "127.0.0.1:80"), (document.Address, document.Checks[0].Tcp));
    }

    [Fact]
    public void Server_with_tls_says_so_in_its_metadata_and_its_checks()
    {
        var options = new ConsulRegistrationOptions();
        options.Checks.Add(new() { Type = ConsulCheckType.Http, TlsSkipVerify = true });
        options.Checks.Add(new() { Type = ConsulCheckType.Grpc });

        var document = Create(options, "2001:db8::1", new("https", "2001:db8::1", 80)).Document;

        Assert.Equal("https", document.Meta["scheme"]);
        Assert.Equal(("https://[2001:db8::1]:80/health", true), (document.Checks[0].Http, document.Checks[0].TlsSkipVerify));
        Assert.Equal(("[2001:db8::1]:80", true), (document.Checks[1].Grpc, document.Checks[1].GrpcUseTls));
        Assert.Equal("orders-box-2001-db8--1-80", document.Id);
        options.Metadata["scheme"] = "h2c";
        Assert.Equal("h2c", Create(options, "10.0.0.1", new("https", null, 80)).Document.Meta["scheme"]);
    }

    [Fact]
    public void Heartbeats_come_each_third_of_the_shortest_time_to_live()
    {
        var options = new ConsulRegistrationOptions();
        Assert.Equal(TimeSpan.FromSeconds(5), Create(options).HeartbeatInterval);
        options.Checks.Add(new() { Ttl = TimeSpan.FromSeconds(30) });
        options.Checks.Add(new() { Type = ConsulCheckType.Tcp });
        options.Checks.Add(new() { Ttl = TimeSpan.FromSeconds(9) });

        var entry = Create(options);

        Assert.Equal(TimeSpan.FromSeconds(3), entry.HeartbeatInterval);
        Assert.Equal(["service:orders-box-80:1", "service:orders-box-80:3"], entry.Heartbeats);
    }

    [Theory]
    [InlineData("http://[::]:5000", "http", null, 5000)]
    [InlineData("http://0.0.0.0:5000", "http", null, 5000)]
    [InlineData("https://*:443", "https", null, 443)]
    [InlineData("http://+:80", "http", null, 80)]
    [InlineData("http://localhost:5000", "http", "127.0.0.1", 5000)]
    [InlineData("HTTP://10.0.0.1:80/base", "http", "10.0.0.1", 80)]
    [InlineData("http://[fe80::1]:80", "http", "fe80::1", 80)]
    public void Binding_is_read_as_the_server_says_it(string text, string scheme, string? host, int port) =>
        Assert.Equal(new ServerBinding(scheme, host, port), ServerBinding.Parse(text));

    [Theory]
    [InlineData("http://unix:/tmp/kestrel.sock")]
    [InlineData("http://pipe:/kestrel")]
    [InlineData("net.tcp://localhost:80")]
    [InlineData("http://localhost")]
    [InlineData("http://localhost:0")]
    [InlineData("nonsense")]
    [InlineData("")]
    public void Binding_without_a_port_to_reach_is_none(string text) => Assert.Null(ServerBinding.Parse(text));

    [Fact]
    public void Binding_is_chosen_by_scheme_and_by_who_can_reach_it()
    {
        string[] all = ["https://10.0.0.1:443", "http://localhost:5000", "http://10.0.0.1:80", "http://unix:/x"];

        Assert.Equal(80, ServerBinding.Choose(all, null)?.Port);
        Assert.Equal(443, ServerBinding.Choose(all, "https")?.Port);
        Assert.Equal(443, ServerBinding.Choose(all[..1], null)?.Port);
        Assert.Equal(5000, ServerBinding.Choose(all[..2], null)?.Port);
        Assert.Null(ServerBinding.Choose(all[..1], "http"));
    }

    private static RegistrationEntry Create(ConsulRegistrationOptions options, string address = "10.0.0.1", ServerBinding? binding = null) =>
        RegistrationEntry.Create(options, "orders", "Box", binding, 80, address, "passing");
}
