using ClientLb.Clusters;
using ClientLb.Discovery;
using ClientLb.Endpoints;
using ClientLb.Tests.Discovery;
using ClientLb.Tests.Infrastructure;
using Moq;

namespace ClientLb.Tests.Clusters;

/// <summary>Which source a cluster gets, and what is put round it.</summary>
public class SourceSelectionTests : IDisposable
{
    private readonly TestCluster _cluster = new();
    private readonly FakeResolver _resolver = new();

    [Fact]
    public void No_names_the_one_set_in_code_or_else_the_first_that_serves()
    {
        var (a, b, own) = (Source("a", serves: false), Source("b"), Source("own"));

        Assert.Same(b, Choose([a, b], new ClusterOptions()));
        Assert.Same(own, Choose([a, b], new ClusterOptions { Source = own }));
        Assert.Null(Choose([a], new ClusterOptions()));
    }

    [Fact]
    public void One_name_is_that_source_and_two_are_merged_in_their_order()
    {
        var (a, b, own) = (Source("a"), Source("b"), Source("own"));
        var options = new ClusterOptions { Source = own };
        options.Sources.Add("B");

        Assert.Same(b, Choose([a, b], options));
        options.Sources.Add("own");
        options.Sources.Add("a");

        Assert.Equal([b, own, a], Assert.IsType<MergedEndpointSource>(Choose([a, b], options)).Parts);
    }

    [Fact]
    public void Named_source_that_does_not_know_the_cluster_is_left_out_and_its_namesake_taken()
    {
        var (other, mine, absent) = (Source("static", serves: false), Source("static"), Source("consul", serves: false));
        var options = new ClusterOptions();
        options.Sources.Add("consul");
        options.Sources.Add("static");

        Assert.Same(mine, Choose([other, mine, absent], options));
        Assert.Contains("consul", _cluster.Log.TextOf(2022), StringComparison.Ordinal);
        Assert.Null(Choose([other, absent], options));
    }

    [Fact]
    public void Source_whose_names_are_to_be_looked_up_gets_that_by_itself_unless_it_is_switched_off()
    {
        var (plain, names) = (Source("plain"), Source("names", resolves: true));
        var options = new ClusterOptions { Source = new MergedEndpointSource([plain, names]) };

        var parts = Assert.IsType<MergedEndpointSource>(Choose([], options)).Parts;
        Assert.Same(plain, parts[0]);
        Assert.Equal("names", Assert.IsType<ResolvingEndpointSource>(parts[1]).Name);

        options.Dns.Resolve = false;
        Assert.Same(names, Assert.IsType<MergedEndpointSource>(Choose([], options)).Parts[1]);
    }

    [Fact]
    public async Task Application_with_two_sources_uses_the_second_where_the_first_has_nothing_left()
    {
        var consul = new PushedSource { Name = "consul" };
        await using var app = new DependencyInjection.App(
            services => Microsoft.Extensions.DependencyInjection.ClientLbServiceCollectionExtensions.AddClientLb(services).Services
                .Add(new(typeof(IEndpointSource), consul)),
            ("ClientLb:Clusters:orders:Sources", "consul, configuration"), ("ClientLb:Clusters:orders:Endpoints", "10.0.0.9:80"));
        consul.Push(TestCluster.Ports(1, 2));

        var cluster = app.Clusters.Get("orders");
        await cluster.ResolvedAsync(default);
        await UntilAsync(() => cluster.Snapshot.Endpoints.Count == 3);
        Assert.Equal([1, 2], cluster.Snapshot.Eligible.Select(static e => e.Port));

        // They never answered: they are gone when the list says so.
        consul.Push();
        await UntilAsync(() => cluster.Snapshot.Eligible.Select(static e => e.Port).SequenceEqual([80]));
        consul.Push(TestCluster.Ports(1));
        await UntilAsync(() => cluster.Snapshot.Eligible.Select(static e => e.Port).SequenceEqual([1]));
    }

    [Fact]
    public async Task Application_with_names_dials_addresses()
    {
        _resolver.Set("orders.svc", "10.0.0.1", "10.0.0.2");
        await using var app = new DependencyInjection.App(
            services =>
            {
                services.Add(new(typeof(INameResolver), _resolver));
                Microsoft.Extensions.DependencyInjection.ClientLbServiceCollectionExtensions.AddClientLb(services);
            },
            ("ClientLb:Clusters:orders:Endpoints", "orders.svc:8080"));

        var snapshot = await app.Clusters.Get("orders").ResolvedAsync(default);

        Assert.Equal(["10.0.0.1:8080", "10.0.0.2:8080"], snapshot.Eligible.Select(static e => e.Authority));
    }

    public void Dispose()
    {
        _cluster.Dispose();
        GC.SuppressFinalize(this);
    }

    private static async Task UntilAsync(Func<bool> condition)
    {
        var start = TimeProvider.System.GetTimestamp();
        while (!condition())
        {
            Assert.True(TimeProvider.System.GetElapsedTime(start) < TimeSpan.FromSeconds(20), "It did not happen.");
            await Task.Yield();
        }
    }

    private static IEndpointSource Source(string name, bool serves = true, bool resolves = false)
    {
        var source = new Mock<IEndpointSource>();
        source.Setup(s => s.Name).Returns(name);
        source.Setup(s => s.ResolvesNames).Returns(resolves);
        source.Setup(s => s.Serves(It.IsAny<EndpointQuery>())).Returns(serves);
        return source.Object;
    }

    private IEndpointSource? Choose(IEndpointSource[] sources, ClusterOptions options) =>
        new SourceSelection(sources, _resolver, null, _cluster.Services).Choose(new("orders"), options);
}
