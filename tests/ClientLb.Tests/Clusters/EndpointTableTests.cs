using ClientLb.Clusters;
using ClientLb.Endpoints;
using ClientLb.Tests.Infrastructure;

namespace ClientLb.Tests.Clusters;

public class EndpointTableTests : EndpointTableBench
{
    [Fact]
    public void Apply_first_list_adds_all_in_its_order()
    {
        var changes = Apply(3, 1, 2);

        Assert.Equal([3, 1, 2], Ports(Table.Endpoints));
        Assert.Equal([3, 1, 2], Ports(changes.Added));
    }

    [Fact]
    public void Apply_same_list_changes_nothing()
    {
        Apply(1, 2);
        var before = Table.Endpoints.ToArray();

        var changes = Apply(1, 2);

        Assert.False(changes.Any);
        Assert.Equal(before, Table.Endpoints);
    }

    [Fact]
    public void Apply_changed_descriptor_keeps_the_array_of_endpoints()
    {
        Apply(1, 2);
        var before = Table.Endpoints;

        Apply([TestCluster.At(1) with { Weight = 5 }, TestCluster.At(2)]);
        Assert.Same(before, Table.Endpoints);

        Apply(2, 1);
        Assert.NotSame(before, Table.Endpoints);
        Assert.Equal([1, 2], Ports(before));
        Assert.Equal([2, 1], Ports(Table.Endpoints));
    }

    [Fact]
    public void Apply_changed_descriptor_keeps_the_endpoint_and_its_counters()
    {
        Apply(1);
        var endpoint = Table.Endpoints[0];
        endpoint.Load.NoteAnswer(Clock.Now);

        var changes = Apply([TestCluster.At(1) with { Weight = 5 }]);

        Assert.Same(endpoint, Table.Endpoints[0]);
        Assert.Equal((5, 1L), (endpoint.Descriptor.Weight, endpoint.Load.Successes));
        Assert.Equal((endpoint, 1), (changes.Updated[0].Endpoint, changes.Updated[0].Before.Weight));
    }

    [Fact]
    public void Apply_same_service_id_on_three_nodes_is_three_endpoints()
    {
        Apply([.. Enumerable.Range(1, 3).Select(i => new EndpointDescriptor($"10.0.0.{i}", 80) { Id = $"dc1/node{i}/web" })]);
        Assert.Equal(3, Table.Endpoints.Length);

        // Also where a source makes ids that are not unique.
        Apply([.. Enumerable.Range(1, 3).Select(i => new EndpointDescriptor($"10.0.1.{i}", 80) { Id = "web" })]);
        Assert.Equal(3, Table.Endpoints.Except(Table.Leaving).Count());
    }

    [Fact]
    public void Apply_listed_twice_counts_once()
    {
        var changes = Apply(1, 1, 2);

        Assert.Equal(2, Table.Endpoints.Length);
        Assert.Equal(2, changes.Added.Count);
    }

    [Fact]
    public void Apply_changed_address_is_a_new_endpoint_and_the_old_one_drains()
    {
        Apply([new EndpointDescriptor("10.0.0.1", 80) { Id = "a" }, new EndpointDescriptor("10.0.0.2", 80) { Id = "b" }]);
        var old = Table.Endpoints[0];
        Assert.True(old.Load.TryAcquire(1, LeaseRule.Normal));

        Apply([new EndpointDescriptor("10.0.0.9", 80) { Id = "a" }, new EndpointDescriptor("10.0.0.2", 80) { Id = "b" }]);
        Assert.Equal([old], Table.Leaving);
        Assert.Empty(Retire());
        old.Load.Release(1);

        Assert.Equal([old], Retire());
        Assert.True(old.Load.IsRetired);
        Assert.Equal(["10.0.0.9", "10.0.0.2"], Table.Endpoints.Select(e => e.Host));
    }

    [Fact]
    public void Apply_back_before_it_was_retired_is_the_same_endpoint()
    {
        Apply(1, 2);
        var endpoint = Table.Endpoints[0];
        endpoint.Load.TryAcquire(1, LeaseRule.Normal);
        Apply(2);
        Retire();

        Apply(1, 2);

        Assert.Same(endpoint, Table.Endpoints[0]);
        Assert.Empty(Table.Leaving);
    }

    [Fact]
    public void Apply_back_after_it_was_retired_is_a_new_endpoint()
    {
        Apply(1, 2);
        var endpoint = Table.Endpoints[0];
        Apply(2);
        Retire();

        Apply(1, 2);

        Assert.NotSame(endpoint, Table.Endpoints[0]);
        Assert.False(Table.Endpoints[0].Load.IsRetired);
    }

    [Fact]
    public void Retired_gives_no_lease()
    {
        Apply(1, 2);
        var endpoint = Table.Endpoints[0];
        Apply(2);
        Retire();

        Assert.False(endpoint.Load.TryAcquire(Clock.Now, LeaseRule.OverlookAll));
    }
}
