using System.Diagnostics.Metrics;
using ClientLb.Consul.Registration;
using Microsoft.Extensions.DependencyInjection;

namespace ClientLb.Tests.Consul.Registration;

public class ActiveRequestsTests
{
    [Fact]
    public void Requests_of_this_host_are_counted_and_those_of_another_are_not()
    {
        using var mine = new ServiceCollection().AddMetrics().BuildServiceProvider();
        using var other = new ServiceCollection().AddMetrics().BuildServiceProvider();
        using var requests = new ActiveRequests(mine.GetRequiredService<IMeterFactory>());
        var here = Instrument(mine);
        var there = Instrument(other);

        here.Add(1);
        here.Add(1);
        there.Add(5);
        Assert.Equal(2, requests.Count);
        here.Add(-1);
        here.Add(-1);
        Assert.Equal(0, requests.Count);

        // One that began before somebody listened.
        here.Add(-1);
        Assert.Equal(0, requests.Count);
    }

    [Fact]
    public void Other_instruments_do_not_count()
    {
        using var mine = new ServiceCollection().AddMetrics().BuildServiceProvider();
        using var requests = new ActiveRequests(mine.GetRequiredService<IMeterFactory>());

        Instrument(mine, name: "http.server.other").Add(1);
        Instrument(mine, meter: "Other").Add(1);

        Assert.Equal(0, requests.Count);
    }

    private static UpDownCounter<long> Instrument(
        IServiceProvider provider, string meter = "Microsoft.AspNetCore.Hosting", string name = "http.server.active_requests") =>
        provider.GetRequiredService<IMeterFactory>().Create(meter).CreateUpDownCounter<long>(name);
}
