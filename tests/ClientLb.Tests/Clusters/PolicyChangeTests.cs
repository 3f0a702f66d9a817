using ClientLb.Balancing;
using ClientLb.Clusters;
using ClientLb.Endpoints;
using ClientLb.Settings;
using ClientLb.Tests.Infrastructure;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace ClientLb.Tests.Clusters;

/// <summary>The configuration changes while calls are in flight.</summary>
public sealed class PolicyChangeTests : IDisposable
{
    private readonly ReloadableSource _settings = new(("ClientLb:Clusters:orders:Policy", "recall"));
    private readonly ServiceProvider _provider;
    private readonly ReloadableOptions<ClusterOptions> _options;
    private readonly TestCluster _cluster;

    public PolicyChangeTests()
    {
        var services = new ServiceCollection();
        services.AddSingleton<IConfiguration>(_settings.Root());
        services.AddClientLb();
        _provider = services.BuildServiceProvider();
        _options = new ReloadableOptions<ClusterOptions>(
            "orders",
            _provider.GetRequiredService<IOptionsFactory<ClusterOptions>>(),
            _provider.GetServices<IOptionsChangeTokenSource<ClusterOptions>>(),
            error => Assert.Fail(error.Message));
        _cluster = new TestCluster(_options.Current);
        _options.Changed += _cluster.Cluster.Configure;
        _cluster.List(TestCluster.Ports(1, 2, 3));
    }

    [Fact]
    public void Another_policy_is_in_force_for_the_next_call_and_calls_in_flight_are_untouched()
    {
        Assert.Equal("recall", PolicyName);
        Assert.True(LeaseSteps.TryLease(_cluster.Snapshot, _cluster.Clock.Now, false, default, out var lease));
        Answer(2, milliseconds: 40, times: 10);
        var (latency, successes) = (_cluster[2].Load.PeakLatency, _cluster[2].Load.Successes);

        Reload("peak_ewma");

        Assert.Equal("peak_ewma", PolicyName);
        Assert.Equal(1, lease.Endpoint.Load.InFlight);
        Assert.Equal((latency, successes), (_cluster[2].Load.PeakLatency, _cluster[2].Load.Successes));
        Assert.NotEqual(0, latency);

        // The call that began under the other policy ends as any call does.
        _cluster.Cluster.Report(lease, new AttemptReport(OutcomeKind.Success, Evidence.None, lease.StartedAt, _cluster.Clock.Now));
        lease.Endpoint.Load.Release(lease.StartedAt);
        Assert.Equal(0, lease.Endpoint.Load.InFlight);
    }

    [Fact]
    public void What_peak_ewma_sees_of_the_time_under_recall_keeps_it_off_the_slow_endpoint()
    {
        Answer(1, 10, 5);
        Answer(2, 900, 5);
        Answer(3, 10, 5);

        Reload("peak_ewma");

        // It is drawn in two of three pairs, and is the better one in none.
        Assert.Equal(0, Picks(300)[1]);
    }

    [Fact]
    public void Back_to_recall_it_still_knows_who_is_slow()
    {
        for (var i = 0; i < 20; i++)
        {
            Answer(1, 10, 1);
            Answer(2, 900, 1);
            Answer(3, 10, 1);
        }

        Reload("peak_ewma");
        Assert.Equal("peak_ewma", PolicyName);
        Reload("recall");
        Assert.Equal("recall", PolicyName);
        Answer(1, 10, 3);
        Answer(3, 10, 3);

        Assert.Equal(0, Picks(300)[1]);
    }

    [Fact]
    public void Another_option_of_the_same_policy_is_in_force_too()
    {
        Reload("least_request");
        for (var port = 1; port <= 2; port++)
        {
            Assert.True(_cluster[port].Load.TryAcquire(_cluster.Clock.Now, LeaseRule.Normal));
        }

        Assert.InRange(Picks(300)[2], 1, 299);
        Reload("least_request", ("LoadBalancing:Choices", "3"));

        Assert.Equal(300, Picks(300)[2]);
    }

    [Fact]
    public void Another_weight_is_in_force_for_the_next_call_and_the_rest_is_kept()
    {
        Reload("weighted_round_robin");
        Answer(1, 10, 5);
        var endpoint = _cluster[1];
        Assert.True(endpoint.Load.TryAcquire(_cluster.Clock.Now, LeaseRule.Normal));

        _cluster.List(TestCluster.At(1) with { Weight = 4 }, TestCluster.At(2), TestCluster.At(3));

        Assert.Same(endpoint, _cluster[1]);
        Assert.Equal((1, 5), (endpoint.Load.InFlight, endpoint.Load.Successes));
        Assert.Equal([400, 100, 100], Picks(600));
    }

    [Fact]
    public void Bad_name_leaves_the_policy_as_it_is()
    {
        var refused = new List<string>();
        using var options = new ReloadableOptions<ClusterOptions>(
            "orders",
            _provider.GetRequiredService<IOptionsFactory<ClusterOptions>>(),
            _provider.GetServices<IOptionsChangeTokenSource<ClusterOptions>>(),
            error => refused.Add(error.Message));
        _options.Dispose();
        options.Changed += _cluster.Cluster.Configure;

        _settings.Reload(("ClientLb:Clusters:orders:Policy", "recal"));
        _cluster.Pass(0.3);

        Assert.Equal("recall", PolicyName);
        Assert.Contains("recall", Assert.Single(refused), StringComparison.Ordinal);
    }

    [Fact]
    public void Weights_by_load_follow_the_reports_about_once_a_second_without_a_new_list()
    {
        Reload("weighted_by_load");
        void Report(int port, float qps) => _cluster.Cluster.Report(
            new Lease(_cluster[port], _cluster.Clock.Now, false),
            new AttemptReport(OutcomeKind.Success, Evidence.None, _cluster.Clock.Now, _cluster.Clock.Now) { Load = new LoadReport { CpuUtilization = 0.5f, RequestsPerSecond = qps } });

        Report(1, 300);
        Report(2, 100);
        Report(3, 200);
        _cluster.Pass(9);
        Assert.Equal([200, 200, 200], Picks(600));
        _cluster.Pass(2.2);
        Assert.Equal([300, 100, 200], Picks(600));

        var version = _cluster.Snapshot.Version;
        _cluster.Pass(30);
        Assert.Equal(version, _cluster.Snapshot.Version);
        Report(2, 300);
        _cluster.Pass(1.2);
        Assert.Equal(version + 1, _cluster.Snapshot.Version);
        Assert.Equal([225, 225, 150], Picks(600));
    }

    public void Dispose()
    {
        _cluster.Dispose();
        _options.Dispose();
        _provider.Dispose();
    }

    private string PolicyName => _cluster.Snapshot.Policy!.Name;

    private void Reload(string policy, params (string Key, string Value)[] more)
    {
        _settings.Reload([("ClientLb:Clusters:orders:Policy", policy), .. more.Select(setting => ("ClientLb:Clusters:orders:" + setting.Key, (string?)setting.Value))]);
        _cluster.Cluster.Loop.Step();
        _cluster.Pass(0.1);
    }

    private void Answer(int port, double milliseconds, int times)
    {
        for (var i = 0; i < times; i++)
        {
            var start = _cluster.Clock.Now;
            _cluster.Time.Advance(0.001);
            _cluster.Cluster.Report(new Lease(_cluster[port], start, false), new AttemptReport(
                OutcomeKind.Success, Evidence.None, _cluster.Clock.Now - (long)(milliseconds * TimeSpan.TicksPerMillisecond), _cluster.Clock.Now));
        }
    }

    private int[] Picks(int count)
    {
        var counts = new int[3];
        for (var i = 0; i < count; i++)
        {
            counts[_cluster.Snapshot.Picker.Pick(new PickContext(_cluster.Clock.Now))!.Port - 1]++;
        }

        return counts;
    }
}
