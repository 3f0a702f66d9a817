using ClientLb.Consul;
using ClientLb.DependencyInjection;
using ClientLb.Discovery;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace ClientLb.Tests.Consul;

public class ConsulOptionsTests
{
    [Fact]
    public void Section_is_bound()
    {
        var options = Options(
            ("Addresses:0", "one"), ("Addresses:1", "https://two:8501"), ("Token", "t"), ("Wait", "30s"), ("AllowStale", "false"), ("Tags", "a, b"),
            ("MinimumInterval", "00:00:01"));

        Assert.Equal(["one", "https://two:8501"], options.Addresses);
        Assert.Equal(("t", TimeSpan.FromSeconds(30), false, TimeSpan.FromSeconds(1)), (options.Token, options.Wait, options.AllowStale, options.MinimumInterval));
        Assert.Equal(["a", "b"], options.Tags);
    }

    [Fact]
    public void Code_goes_before_configuration()
    {
        using var provider = Provider(static o => o.Datacenter = "code", ("Datacenter", "configuration"));

        Assert.Equal("code", provider.GetRequiredService<IOptions<ConsulOptions>>().Value.Datacenter);
    }

    [Fact]
    public void Every_mistake_is_named_at_once_those_of_the_clusters_included()
    {
        var messages = Assert.Throws<OptionsValidationException>(() => Options(
            ("Addresses", "unix:///consul.sock"), ("Wait", "11m"), ("Tokn", "x"), ("Token", "two words"), ("KeyFile", "/no/key"), ("CaFile", "/no/ca"),
            ("Datacenter", "dc 1"), ("BackoffBase", "20s"), ("TokenFile", "/no/token"), ("TlsServerName", "no name"),
            ("../Clusters:orders:Consul:Servce", "x"), ("../Clusters:orders:Consul:AllowStale", "perhaps"))).Failures.ToList();

        Assert.Equal(12, messages.Count);
        foreach (var part in new[]
        {
            "ClientLb:Consul:Addresses = 'unix:///consul.sock'", "ClientLb:Consul:Wait = '11m'", "did you mean Token?", "Token = (hidden)", "Token = ",
            "KeyFile = '/no/key'", "CaFile = '/no/ca'", "Datacenter = 'dc 1'", "BackoffCap = ", "TokenFile = '/no/token'", "TlsServerName = 'no name'",
            "ClientLb:Clusters:orders:Consul:Servce = 'x': allowed is no such key; did you mean Service?", "orders:Consul:AllowStale = 'perhaps'",
        })
        {
            Assert.Contains(messages, m => m.Contains(part.Replace("(hidden)", "'(hidden)'", StringComparison.Ordinal), StringComparison.Ordinal));
        }

        Assert.DoesNotContain(messages, static m => m.Contains("two words", StringComparison.Ordinal));
    }

    [Fact]
    public void Certificate_files_are_opened_at_the_start()
    {
        var file = Path.GetTempFileName();
        try
        {
            var messages = Assert.Throws<OptionsValidationException>(() => Options(("CaFile", file), ("CertificateFile", file))).Failures;
            Assert.Equal(2, messages.Count());
        }
        finally
        {
            File.Delete(file);
        }
    }

    [Theory]
    [InlineData(null, null, "http://127.0.0.1:8500")]
    [InlineData("consul.local:8501", null, "consul.local:8501")]
    [InlineData("consul.local", "true", "https://consul.local:8500/")]
    [InlineData("http://consul.local:8501", "1", "https://consul.local:8501/")]
    [InlineData(null, "true", "https://127.0.0.1:8500/")]
    [InlineData("https://consul.local", "false", "https://consul.local")]
    public void Environment_gives_the_address_as_in_the_cli(string? address, string? ssl, string expected)
    {
        var options = new ConsulOptions();
        ConsulEnvironment.Apply(options, name => name switch { "CONSUL_HTTP_ADDR" => address, "CONSUL_HTTP_SSL" => ssl, _ => null });

        Assert.Equal([expected], options.Addresses);
    }

    [Fact]
    public void Environment_fills_only_what_nobody_has_set()
    {
        var options = new ConsulOptions { Token = "mine", CertificateFile = "mine.pem" };
        options.Addresses.Add("mine");
        ConsulEnvironment.Apply(options, static name => name);

        Assert.Equal(["mine"], options.Addresses);
        Assert.Equal(("mine", null), (options.Token, options.TokenFile));
        Assert.Equal(("mine.pem", null), (options.CertificateFile, options.KeyFile));
        Assert.Equal(("CONSUL_NAMESPACE", "CONSUL_PARTITION"), (options.Namespace, options.Partition));
        Assert.Equal(("CONSUL_CACERT", "CONSUL_TLS_SERVER_NAME"), (options.CaFile, options.TlsServerName));
    }

    [Theory]
    [InlineData("agent", "http://agent:8500/")]
    [InlineData("agent:1", "http://agent:1/")]
    [InlineData("[::1]:1", "http://[::1]:1/")]
    [InlineData("http://agent", "http://agent/")]
    [InlineData("https://agent/consul", "https://agent/consul/")]
    public void Address_of_an_agent_is_read(string text, string expected)
    {
        Assert.True(ConsulAddress.TryParse(text, out var address));
        Assert.Equal(expected, address.AbsoluteUri);
    }

    [Fact]
    public void Source_is_registered_once_and_starts_nothing()
    {
        using var provider = Provider(null);

        Assert.Single(provider.GetServices<IEndpointSource>());
    }

    private static ConsulOptions Options(params (string Key, string? Value)[] settings)
    {
        using var provider = Provider(null, settings);
        return provider.GetRequiredService<IOptions<ConsulOptions>>().Value;
    }

    private static ServiceProvider Provider(Action<ConsulOptions>? configure, params (string Key, string? Value)[] settings)
    {
        var services = new ServiceCollection();
        services.AddSingleton<IConfiguration>(new ConfigurationBuilder()
            .AddInMemoryCollection(settings.Select(static s => KeyValuePair.Create(
                s.Key.StartsWith("../", StringComparison.Ordinal) ? "ClientLb:" + s.Key[3..] : "ClientLb:Consul:" + s.Key, s.Value)))
            .Build());
        new Builder(services).AddConsul(configure).AddConsul();
        return services.BuildServiceProvider();
    }

    private sealed record Builder(IServiceCollection Services) : IClientLbBuilder;
}
