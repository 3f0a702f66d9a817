using ClientLb.Balancing;
using ClientLb.Endpoints;

namespace ClientLb.Tests.Balancing;

public sealed class PickerThreadsTests
{
    public static TheoryData<string> All => Policies.All;

    [Theory]
    [MemberData(nameof(All))]
    public void Many_threads_that_pick_lease_and_report_never_get_an_excluded_endpoint_or_an_exception(string policy)
    {
        var fleet = new Fleet(1, 3, 0.5, 2, 0, 7);
        var picker = fleet.Compile(policy, ThreadRandomSource.Instance);
        Parallel.For(0, 8, worker =>
        {
            for (var i = 0; i < 2_000; i++)
            {
                var now = Fleet.Now + (i * 1_000);
                Endpoint[] excluded = (i % 3) switch { 0 => [], 1 => [fleet[worker % 6]], _ => [fleet[1], fleet[i % 6]] };
                var endpoint = picker.Pick(new PickContext(now, excluded));
                Assert.NotNull(endpoint);
                Assert.DoesNotContain(endpoint, excluded);
                Assert.NotSame(fleet[4], endpoint);
                Assert.True(endpoint.Load.TryAcquire(now, LeaseRule.Normal));
                endpoint.Load.ObserveLatency(now + 500, 500 + worker);
                picker.OnOutcome(endpoint, new AttemptReport((OutcomeKind)(i % 5), Evidence.None, now, now + 500 + worker)
                {
                    Load = new LoadReport { CpuUtilization = 0.5f, RequestsPerSecond = i, InFlight = i },
                });
                endpoint.Load.Release(now);
            }
        });

        Assert.All(fleet.Members, member => Assert.Equal(0, member.Endpoint.Load.InFlight));
    }
}
