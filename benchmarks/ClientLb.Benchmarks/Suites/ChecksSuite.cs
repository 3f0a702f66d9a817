using System.Diagnostics;
using System.Globalization;
using ClientLb.Benchmarks.Measuring;
using ClientLb.Clusters;
using ClientLb.Discovery;
using ClientLb.Endpoints;
using ClientLb.Health;
using Microsoft.Extensions.DependencyInjection;

namespace ClientLb.Benchmarks.Suites;

/// <summary>
/// Ten thousand endpoints, actively checked each ten seconds; the servers are in another process. What it costs the client, and how evenly the checks are spread.
/// </summary>
internal static class ChecksSuite
{
    private const string Cluster = "checked";
    private const int Endpoints = 10_000;

    private static readonly TimeSpan s_interval = TimeSpan.FromSeconds(10);

    public static async Task<IReadOnlyList<Row>> RunAsync(Arguments arguments)
    {
        var rows = new List<Row>();
        foreach (var type in new[] { HealthCheckType.Http, HealthCheckType.Tcp })
        {
            if (type.ToString().Contains(arguments.Only, StringComparison.OrdinalIgnoreCase))
            {
                rows.Add(await MeasureAsync(type, arguments.RepetitionsOr(30)).ConfigureAwait(false));
            }
        }

        return rows;
    }

    private static async Task<Row> MeasureAsync(HealthCheckType type, int seconds)
    {
        using var servers = await OwnServer.StartAsync(CheckServers.Command).ConfigureAwait(false);
        var provider = Provider(type, servers.Port);
        await using (provider.ConfigureAwait(false))
        {
            var cluster = provider.GetRequiredService<ClusterRegistry>().Get(Cluster);
            await cluster.ResolvedAsync(CancellationToken.None).ConfigureAwait(false);

            // Everyone has been checked twice, and the code is compiled.
            await Task.Delay(2 * s_interval, TimeProvider.System).ConfigureAwait(false);
            await AskAsync(servers).ConfigureAwait(false);
            using var self = Process.GetCurrentProcess();
            var (cpu, bytes, began) = (self.TotalProcessorTime, GC.GetTotalAllocatedBytes(), TimeProvider.System.GetTimestamp());
            await Task.Delay(TimeSpan.FromSeconds(seconds), TimeProvider.System).ConfigureAwait(false);
            self.Refresh();
            var used = self.TotalProcessorTime - cpu;
            var allocated = GC.GetTotalAllocatedBytes() - bytes;
            var passed = TimeProvider.System.GetElapsedTime(began);
            var windows = await AskAsync(servers).ConfigureAwait(false);
            var bad = cluster.Snapshot.Endpoints.Count(static endpoint => endpoint.Health.Check.State != CheckState.Passing);
            var checks = windows.Average() * 10 * passed.TotalSeconds;
            Console.WriteLine(FormattableString.Invariant(
                $"{type}: {checks / passed.TotalSeconds:F0} checks/s, {100 * used / passed:F1} % of a core, busiest 100 ms {windows.Max()} checks = {windows.Max() / windows.Average():F2} x mean, {bad} endpoints not passing."));
            var cost = new Cost(used.TotalNanoseconds / checks, used.TotalNanoseconds / checks, allocated / checks);
            return Row.Of("checks", $"{type} check, processor time of the client", Endpoints, 1, cost);
        }
    }

    private static async Task<int[]> AskAsync(OwnServer servers)
    {
        var line = await servers.AskAsync().ConfigureAwait(false);
        return [.. line.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(static count => int.Parse(count, CultureInfo.InvariantCulture))];
    }

    private static ServiceProvider Provider(HealthCheckType type, int port)
    {
        var services = new ServiceCollection();
        services.AddClientLb().AddCluster(Cluster, options =>
        {
            options.Source = new StaticEndpointSource(Cluster, [.. Enumerable.Range(0, Endpoints).Select(i => new EndpointDescriptor(Address(i), port))]);
            options.HealthCheck.Type = type;
            options.HealthCheck.Interval = s_interval;
        });
        return services.BuildServiceProvider();
    }

    private static string Address(int i) => string.Create(CultureInfo.InvariantCulture, $"127.10.{i / 250}.{1 + (i % 250)}");
}
