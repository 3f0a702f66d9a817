using ClientLb.Clusters;
using ClientLb.Discovery;
using ClientLb.Tests.Infrastructure;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace ClientLb.Tests.DependencyInjection;

/// <summary>The warm start of a whole application.</summary>
public sealed class WarmStartTests : IDisposable
{
    private static readonly TimeSpan RealLimit = TimeSpan.FromSeconds(20);

    private readonly TemporaryDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    [Fact]
    public async Task Application_that_starts_without_its_source_serves_from_the_stored_list_and_says_how_old_it_is()
    {
        var time = new VirtualTime();
        var source = new PushedSource();
        await using (var first = Start(source, time))
        {
            Assert.Null(first.Clusters.Get("orders").DiscoveryAge);
            source.Push(new EndpointUpdate(TestCluster.Ports(1, 2), time.GetTimestamp()));
            Assert.True((await Resolve(first)).IsResolved);
            Assert.Equal(UpdateFreshness.Fresh, first.Clusters.Get("orders").Discovery.Freshness);
        }

        time.Advance(TimeSpan.FromHours(3));
        source = new PushedSource();
        source.Push(new EndpointUpdate([], 0, UpdateFreshness.Unchanged) { Error = new DiscoveryException(DiscoveryErrorKind.Unreachable, "no agent") });
        await using var second = Start(source, time);

        var snapshot = await Resolve(second);

        Assert.Equal([1, 2], snapshot.Eligible.Select(e => e.Port).Order());
        var cluster = second.Clusters.Get("orders");
        Assert.InRange(cluster.DiscoveryAge!.Value, TimeSpan.FromHours(3), TimeSpan.FromHours(4));
        Assert.Equal(UpdateFreshness.Stale, cluster.Discovery.Freshness);
        Assert.Contains("from disk, 03:00:0", cluster.Discovery.Note, StringComparison.Ordinal);
        Assert.Contains("03:00:0", second.Log.TextOf(2010), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Endpoints_of_a_name_have_a_list_of_their_own()
    {
        var instance = new ClientLb.Endpoints.EndpointDescriptor("10.0.0.1", 8080)
        {
            Metadata = ClientLb.Endpoints.EndpointMetadata.From([new("port-grpc", "5001")]),
        };
        await using (var app = new App(services => services.AddClientLb().AddCluster("orders", instance).AddWarmStart(o => o.Directory = _directory.Path)))
        {
            await app.Clusters.Get("orders").ResolvedAsync(default);
            await app.Clusters.Get("_grpc.orders").ResolvedAsync(default);
        }

        var files = Directory.EnumerateFiles(_directory.Path).Select(File.ReadAllText).ToArray();

        Assert.Equal(2, files.Length);
        Assert.Single(files, static text => text.Contains("8080", StringComparison.Ordinal) && !text.Contains("_grpc", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Container_that_is_disposed_has_written_the_last_list()
    {
        var source = new PushedSource();
        source.Push(TestCluster.Ports(1));
        await using (var app = Start(source, TimeProvider.System))
        {
            await Resolve(app);
            source.Push(TestCluster.Ports(1, 2, 3));
            while (app.Clusters.Get("orders").Snapshot.Endpoints.Count < 3)
            {
                await Task.Yield();
            }
        }

        var files = Directory.GetFiles(_directory.Path);
        Assert.Contains("10.0.0.1:3", await File.ReadAllTextAsync(Assert.Single(files)), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Directory_that_is_a_file_stops_the_start_with_its_key()
    {
        await File.WriteAllTextAsync(_directory.File("taken"), "");
        await using var app = new App(static services => services.AddClientLb(), ("ClientLb:WarmStart:Directory", _directory.File("taken")));

        var error = Assert.Throws<OptionsValidationException>(() => app.Services.GetRequiredService<IStartupValidator>().Validate());

        Assert.Contains($"ClientLb:WarmStart:Directory = '{_directory.File("taken")}'", Assert.Single(error.Failures), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Directory_that_can_not_be_made_costs_nothing_but_a_warning()
    {
        await File.WriteAllTextAsync(_directory.File("taken"), "");
        var source = new PushedSource();
        source.Push(TestCluster.Ports(1));
        await using var app = Start(source, TimeProvider.System, _directory.File("taken/below"));

        Assert.True((await Resolve(app)).IsResolved);
        await app.DisposeAsync();

        Assert.Equal(1, app.Log.Count(2015));
    }

    private App Start(PushedSource source, TimeProvider time, string? directory = null) => new(
        services =>
        {
            services.AddSingleton(time);
            services.AddClientLb().AddWarmStart(o => o.Directory = directory ?? _directory.Path).AddCluster("orders", o => o.Source = source);
        },
        ("ClientLb:WarmStart:MaxAge", "12h"));

    private static async Task<ClusterSnapshot> Resolve(App app) =>
        await app.Clusters.Get("orders").ResolvedAsync(CancellationToken.None).AsTask().WaitAsync(RealLimit);
}
