using ClientLb.Endpoints;

namespace ClientLb.Tests.Clusters;

/// <summary>What stays in use though the list does not name it, and for how long.</summary>
public class EndpointTableUnlistedTests : EndpointTableBench
{
    [Fact]
    public void Empty_list_keeps_those_that_answered_in_the_last_minute()
    {
        Apply(1, 2, 3);
        Answer(1);
        Time.Advance(50);
        Answer(2);
        Time.Advance(20);

        var changes = Apply();

        Assert.Equal([2], Ports(Table.Unlisted));
        Assert.Equal([2], Ports(changes.Unlisted));
        Assert.Equal([1, 3], Ports(Table.Leaving));
    }

    [Fact]
    public void Endpoint_that_is_announced_again_is_a_change_though_nothing_of_it_has_changed()
    {
        Apply(1);
        Answer(1);
        Apply();

        var changes = Apply(1);

        Assert.Equal([1], Ports(changes.Relisted));
        Assert.True(changes.Any);
        Assert.Empty(Table.Unlisted);
    }

    [Fact]
    public void Empty_list_lasts_what_is_unlisted_stays()
    {
        Apply(1);
        Answer(1);
        Apply();

        Time.Advance(3600);
        Assert.False(Apply().Any);
        Review();

        Assert.Equal([1], Ports(Table.Unlisted));
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

        Assert.Equal(kept ? before - after : 0, Table.Unlisted.Count);
        Assert.Equal(kept ? 0 : before - after, Table.Leaving.Count);
    }

    [Fact]
    public void Incomplete_list_keeps_those_that_answered_for_as_long_as_it_lasts()
    {
        Apply(1, 2, 3, 4, 5);
        Answer(1);

        ApplyIncomplete(3, 4, 5);
        Assert.Equal([1], Ports(Table.Unlisted));
        Assert.Equal([2], Ports(Table.Leaving));

        Time.Advance(3600);
        ApplyIncomplete(3, 4, 5);
        Assert.False(Review().Any);
        Assert.Equal([1], Ports(Table.Unlisted));
    }

    [Fact]
    public void Incomplete_list_ends_the_grace_counts_from_then()
    {
        Apply(1, 2, 3);
        Answer(1);
        ApplyIncomplete(2, 3);
        Time.Advance(3600);

        Apply(2, 3);
        Time.Advance(59);
        Assert.False(Review().Any);
        Time.Advance(2);

        Assert.Equal([1], Ports(Review().Removed));
    }

    [Fact]
    public void Incomplete_list_lasts_its_unlisted_go_at_their_first_hard_failure()
    {
        Apply(1, 2, 3);
        Answer(1);
        ApplyIncomplete(2, 3);
        var endpoint = Table.Endpoints.Single(e => e.Port == 1);
        Assert.True(endpoint.Health.TryMove(HealthStatus.Healthy, new(HealthState.Ejected, Evidence.Refused, 1, 2, 1, "")));

        Assert.Equal([1], Ports(Review().Removed));
    }

    [Fact]
    public void Unlisted_and_listed_again_is_an_ordinary_endpoint()
    {
        Apply(1);
        Answer(1);
        Apply();

        Apply(1);

        Assert.Empty(Table.Unlisted);
        Assert.Equal([1], Ports(Table.Endpoints));
    }

    [Fact]
    public void Unlisted_goes_at_its_first_hard_failure()
    {
        Apply(1, 2);
        Answer(1, 2);
        Apply();
        Assert.True(Table.Endpoints[0].Health.TryMove(HealthStatus.Healthy, new(HealthState.Ejected, Evidence.Refused, 1, 2, 1, "")));

        var changes = Review();

        Assert.Equal([1], Ports(changes.Removed));
        Assert.Equal([1], Ports(Table.Leaving));
    }

    [Fact]
    public void Unlisted_stays_through_soft_failures()
    {
        Apply(1);
        Answer(1);
        Apply();
        Assert.True(Table.Endpoints[0].Health.TryMove(HealthStatus.Healthy, new(HealthState.Ejected, Evidence.ErrorStatus, 1, 2, 1, "")));

        Assert.False(Review().Any);
    }

    [Fact]
    public void Unlisted_goes_a_minute_after_the_list_has_something_again()
    {
        Apply(1, 2, 3, 4);
        Answer(1, 2, 3, 4);
        Apply();
        Time.Advance(600);

        // The registry comes back and gathers its services one by one.
        Apply(1);
        Assert.False(Review().Any);
        Time.Advance(50);
        Apply(1, 2);
        Assert.False(Review().Any);
        Time.Advance(11);

        Assert.Equal([3, 4], Ports(Review().Removed));
    }
}
