using ClientLb.Clusters;
using ClientLb.Endpoints;
using ClientLb.Tests.Infrastructure;

namespace ClientLb.Tests.Clusters;

public class EndpointTableTests
{
    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(60);

    private readonly VirtualTime _time = new();
    private readonly MonotonicClock _clock;
    private readonly EndpointTable _table;

    public EndpointTableTests()
    {
        _clock = new MonotonicClock(_time);
        _table = new EndpointTable(_clock);
    }

    [Fact]
    public void Apply_first_list_adds_all_in_its_order()
    {
        var changes = Apply(3, 1, 2);

        Assert.Equal([3, 1, 2], Ports(_table.Endpoints));
        Assert.Equal([3, 1, 2], Ports(changes.Added));
    }

    [Fact]
    public void Apply_same_list_changes_nothing()
    {
        Apply(1, 2);
        var before = _table.Endpoints.ToArray();

        var changes = Apply(1, 2);

        Assert.False(changes.Any);
        Assert.Equal(before, _table.Endpoints);
    }

    [Fact]
    public void Apply_changed_descriptor_keeps_the_endpoint_and_its_counters()
    {
        Apply(1);
        var endpoint = _table.Endpoints[0];
        endpoint.Load.NoteAnswer(_clock.Now);

        var changes = Apply([TestCluster.At(1) with { Weight = 5 }]);

        Assert.Same(endpoint, _table.Endpoints[0]);
        Assert.Equal((5, 1L), (endpoint.Descriptor.Weight, endpoint.Load.Successes));
        Assert.Equal((endpoint, 1), (changes.Updated[0].Endpoint, changes.Updated[0].Before.Weight));
    }

    [Fact]
    public void Apply_same_service_id_on_three_nodes_is_three_endpoints()
    {
        Apply([.. Enumerable.Range(1, 3).Select(i => new EndpointDescriptor($"10.0.0.{i}", 80) { Id = $"dc1/node{i}/web" })]);
        Assert.Equal(3, _table.Endpoints.Count);

        // Also where a source makes ids that are not unique.
        Apply([.. Enumerable.Range(1, 3).Select(i => new EndpointDescriptor($"10.0.1.{i}", 80) { Id = "web" })]);
        Assert.Equal(3, _table.Endpoints.Except(_table.Leaving).Count());
    }

    [Fact]
    public void Apply_listed_twice_counts_once()
    {
        var changes = Apply(1, 1, 2);

        Assert.Equal(2, _table.Endpoints.Count);
        Assert.Equal(2, changes.Added.Count);
    }

    [Fact]
    public void Apply_changed_address_is_a_new_endpoint_and_the_old_one_drains()
    {
        Apply([new EndpointDescriptor("10.0.0.1", 80) { Id = "a" }, new EndpointDescriptor("10.0.0.2", 80) { Id = "b" }]);
        var old = _table.Endpoints[0];
        Assert.True(old.Load.TryAcquire(1, LeaseRule.Normal));

        Apply([new EndpointDescriptor("10.0.0.9", 80) { Id = "a" }, new EndpointDescriptor("10.0.0.2", 80) { Id = "b" }]);
        Assert.Equal([old], _table.Leaving);
        Assert.Empty(Retire());
        old.Load.Release(1);

        Assert.Equal([old], Retire());
        Assert.True(old.Load.IsRetired);
        Assert.Equal(["10.0.0.9", "10.0.0.2"], _table.Endpoints.Select(e => e.Host));
    }

    [Fact]
    public void Apply_back_before_it_was_retired_is_the_same_endpoint()
    {
        Apply(1, 2);
        var endpoint = _table.Endpoints[0];
        endpoint.Load.TryAcquire(1, LeaseRule.Normal);
        Apply(2);
        Retire();

        Apply(1, 2);

        Assert.Same(endpoint, _table.Endpoints[0]);
        Assert.Empty(_table.Leaving);
    }

    [Fact]
    public void Apply_back_after_it_was_retired_is_a_new_endpoint()
    {
        Apply(1, 2);
        var endpoint = _table.Endpoints[0];
        Apply(2);
        Retire();

        Apply(1, 2);

        Assert.NotSame(endpoint, _table.Endpoints[0]);
        Assert.False(_table.Endpoints[0].Load.IsRetired);
    }

    [Fact]
    public void Empty_list_keeps_those_that_answered_in_the_last_minute()
    {
        Apply(1, 2, 3);
        Answer(1);
        _time.Advance(50);
        Answer(2);
        _time.Advance(20);

        var changes = Apply();

        Assert.Equal([2], Ports(_table.Unlisted));
        Assert.Equal([2], Ports(changes.Unlisted));
        Assert.Equal([1, 3], Ports(_table.Leaving));
    }

    [Fact]
    public void Empty_list_lasts_what_is_unlisted_stays()
    {
        Apply(1);
        Answer(1);
        Apply();

        _time.Advance(3600);
        Assert.False(Apply().Any);
        Review();

        Assert.Equal([1], Ports(_table.Unlisted));
    }

    [Theory]
    [InlineData(4, 1, true)]
    [InlineData(4, 2, false)]
    [InlineData(5, 2, true)]
    [InlineData(3, 1, false)]
    [InlineData(10, 5, false)]
    [InlineData(10, 4, true)]
    public void More_than_half_of_four_or_more_gone_at_once_are_kept(int before, int after, bool kept)
    {
        Apply([.. Enumerable.Range(1, before)]);
        Answer([.. Enumerable.Range(1, before)]);

        Apply([.. Enumerable.Range(1, after)]);

        Assert.Equal(kept ? before - after : 0, _table.Unlisted.Count);
        Assert.Equal(kept ? 0 : before - after, _table.Leaving.Count);
    }

    [Fact]
    public void Unlisted_and_listed_again_is_an_ordinary_endpoint()
    {
        Apply(1);
        Answer(1);
        Apply();

        Apply(1);

        Assert.Empty(_table.Unlisted);
        Assert.Equal([1], Ports(_table.Endpoints));
    }

    [Fact]
    public void Unlisted_goes_at_its_first_hard_failure()
    {
        Apply(1, 2);
        Answer(1, 2);
        Apply();
        Assert.True(_table.Endpoints[0].Health.TryMove(HealthStatus.Healthy, new(HealthState.Ejected, Evidence.Refused, 1, 2, 1, "")));

        var changes = Review();

        Assert.Equal([1], Ports(changes.Removed));
        Assert.Equal([1], Ports(_table.Leaving));
    }

    [Fact]
    public void Unlisted_stays_through_soft_failures()
    {
        Apply(1);
        Answer(1);
        Apply();
        Assert.True(_table.Endpoints[0].Health.TryMove(HealthStatus.Healthy, new(HealthState.Ejected, Evidence.ErrorStatus, 1, 2, 1, "")));

        Assert.False(Review().Any);
    }

    [Fact]
    public void Unlisted_goes_a_minute_after_the_list_has_something_again()
    {
        Apply(1, 2, 3, 4);
        Answer(1, 2, 3, 4);
        Apply();
        _time.Advance(600);

        // The registry comes back and gathers its services one by one.
        Apply(1);
        Assert.False(Review().Any);
        _time.Advance(50);
        Apply(1, 2);
        Assert.False(Review().Any);
        _time.Advance(11);

        Assert.Equal([3, 4], Ports(Review().Removed));
    }

    [Fact]
    public void Retired_gives_no_lease()
    {
        Apply(1, 2);
        var endpoint = _table.Endpoints[0];
        Apply(2);
        Retire();

        Assert.False(endpoint.Load.TryAcquire(_clock.Now, LeaseRule.OverlookAll));
    }

    private static int[] Ports(IEnumerable<Endpoint> endpoints) => [.. endpoints.Select(endpoint => endpoint.Port)];

    private TableChanges Apply(params int[] ports) => Apply(TestCluster.Ports(ports));

    private TableChanges Apply(EndpointDescriptor[] descriptors) => _table.Apply(descriptors, Grace);

    private TableChanges Review()
    {
        var changes = new TableChanges();
        _table.ReviewUnlisted(Grace, _clock.Now, changes);
        return changes;
    }

    private List<Endpoint> Retire()
    {
        var changes = new TableChanges();
        _table.RetireIdle(changes);
        return changes.Retired;
    }

    private void Answer(params int[] ports)
    {
        foreach (var endpoint in _table.Endpoints.Where(endpoint => ports.Contains(endpoint.Port)))
        {
            endpoint.Load.NoteAnswer(_clock.Now);
        }
    }
}
