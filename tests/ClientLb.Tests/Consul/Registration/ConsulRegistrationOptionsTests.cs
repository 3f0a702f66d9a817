using ClientLb.Consul;
using ClientLb.Consul.Registration;
using ClientLb.Discovery;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;
using LogBook = ClientLb.Tests.Infrastructure.LogBook;

namespace ClientLb.Tests.Consul.Registration;

public class ConsulRegistrationOptionsTests
{
    [Fact]
    public void Section_is_bound_and_code_goes_before_it()
    {
        using var provider = Provider(
            static s => s.AddConsulRegistration(static o => o.PassingWeight = 9),
            ("Registration:Name", "orders"), ("Registration:PassingWeight", "3"), ("Registration:Metadata:version", "2"), ("Registration:Tags", "a, b"),
            ("Registration:Checks:0:Type", "http"), ("Registration:Checks:0:Path", "/well"), ("Registration:Checks:1:Ttl", "9s"), ("Registration:Port", "81"));

        var options = Options(provider, "");

        Assert.Equal(("orders", 9, 81), (options.Name, options.PassingWeight, options.Port));
        Assert.Equal("2", options.Metadata["version"]);
        Assert.Equal(["a", "b"], options.Tags);
        Assert.Equal([(ConsulCheckType.Http, "/well", 15), (ConsulCheckType.Ttl, null, 9)], options.Checks.Select(static c => (c.Type, c.Path, (int)c.Ttl.TotalSeconds)));
    }

    [Fact]
    public void Several_have_a_section_each_and_one_runtime()
    {
        using var provider = Provider(
            static s => s.AddConsulRegistration("orders").AddConsulRegistration("Orders", static o => o.Port = 5).AddConsulRegistration("stock").AddClientLb().AddConsul(),
            ("Registrations:orders:Tags", "a"), ("Registrations:stock:Name", "warehouse"));

        Assert.Equal(("orders", 5, "a"), (Options(provider, "orders").Name, Options(provider, "orders").Port, Options(provider, "orders").Tags.Single()));
        Assert.Equal("warehouse", Options(provider, "stock").Name);
        Assert.Single(provider.GetServices<IHostedService>().OfType<ConsulRegistrations>());
        Assert.Single(provider.GetServices<ConsulRuntime>());
        Assert.Single(provider.GetServices<IEndpointSource>().OfType<ConsulEndpointSource>());
    }

    [Fact]
    public async Task Every_mistake_is_named_at_the_start_those_of_registrations_that_code_does_not_name_included()
    {
        var failures = await StartAsync(
            static s => s.AddConsulRegistration("orders", static o =>
            {
                o.Metadata["a.b"] = "x";
                o.Checks.Add(new() { Ttl = TimeSpan.Zero });
            }),
            ("Registrations:orders:Prot", "1"), ("Registrations:orders:PassingWeight", "0"), ("Registrations:orders:Checks:0:Tpye", "x"),
            ("Registrations:orders:SettleTime", "1m"), ("Registrations:orders:Metadata:consul-x", "y"), ("Registrations:orders:DeregisterCriticalAfter", "30s"),
            ("Registrations:stock:Scheme", "ftp"), ("Registration:Checks:2:Interval", "0s"));

        string[] keys =
        [
            "Registrations:orders:Prot", "Registrations:orders:PassingWeight", "Registrations:orders:Checks:0:Tpye", "Registrations:orders:SettleTime",
            "Registrations:orders:Metadata:consul-x", "Registrations:orders:DeregisterCriticalAfter", "Registrations:orders:Metadata:a.b",
            "Registrations:orders:Checks:1:Ttl", "Registrations:stock:Scheme", "Registration:Checks:2:Interval",
        ];
        Assert.Equal(
            keys.Select(static k => "ClientLb:Consul:" + k).Order(StringComparer.Ordinal), failures.Select(static f => f.Split(' ')[0]).Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task Name_that_can_not_be_one_is_a_mistake_too() =>
        Assert.Contains("ClientLb:Consul:Registrations:my orders:Name = 'my orders'", Assert.Single(await StartAsync(static s => s.AddConsulRegistration("my orders"))), StringComparison.Ordinal);

    [Fact]
    public async Task Too_many_metadata_are_a_mistake() =>
        Assert.Contains("Registration:Metadata = 65", Assert.Single(await StartAsync(static s => s.AddConsulRegistration(static o =>
        {
            for (var i = 0; i < 65; i++)
            {
                o.Metadata[$"k{i}"] = "v";
            }
        }))), StringComparison.Ordinal);

    [Fact]
    public async Task Process_without_a_port_starts_and_says_which_key_is_missing()
    {
        using var log = new LogBook();

        Assert.Empty(await StartAsync(s => s.AddConsulRegistration("orders").AddSingleton<Microsoft.Extensions.Logging.ILoggerFactory>(log)));

        Assert.Contains("ClientLb:Consul:Registrations:orders:Port", log.TextOf(2154), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Registration_that_is_switched_off_does_nothing()
    {
        using var log = new LogBook();

        Assert.Empty(await StartAsync(
            s => s.AddConsulRegistration("orders").AddSingleton<Microsoft.Extensions.Logging.ILoggerFactory>(log), ("Registrations:orders:Enabled", "false")));

        Assert.DoesNotContain(log.Lines, static l => l.Id is >= 2150 and < 2200);
    }

    private static ConsulRegistrationOptions Options(IServiceProvider provider, string name) =>
        provider.GetRequiredService<IOptionsMonitor<ConsulRegistrationOptions>>().Get(name);

    private static ServiceProvider Provider(Action<IServiceCollection> add, params (string Key, string? Value)[] settings)
    {
        var services = new ServiceCollection();
        services.AddSingleton<IConfiguration>(new ConfigurationBuilder()
            .AddInMemoryCollection(settings.Select(static s => KeyValuePair.Create("ClientLb:Consul:" + s.Key, s.Value))).Build());
        add(services);
        return services.BuildServiceProvider();
    }

    private static async Task<List<string>> StartAsync(Action<IServiceCollection> add, params (string Key, string? Value)[] settings)
    {
        var builder = new HostApplicationBuilder(new HostApplicationBuilderSettings { DisableDefaults = true });
        builder.Configuration.AddInMemoryCollection(settings.Select(static s => KeyValuePair.Create("ClientLb:Consul:" + s.Key, s.Value)));
        add(builder.Services);
        using var host = builder.Build();
        try
        {
            await host.StartAsync();
            await host.StopAsync();
            return [];
        }
        catch (OptionsValidationException e)
        {
            return [.. e.Failures];
        }
        catch (AggregateException e)
        {
            return [.. e.Flatten().InnerExceptions.SelectMany(static inner => Assert.IsType<OptionsValidationException>(inner).Failures)];
        }
    }
}
