using ClientLb.Discovery;
using ClientLb.Endpoints;

namespace ClientLb.Tests.Discovery;

/// <summary>What several sources say, put together: no threads, no time.</summary>
public class SourceMergeTests
{
    private readonly SourceMerge _merge = new(["consul", "configuration"]);

    [Fact]
    public void Parts_get_priorities_by_preference_on_top_of_their_own()
    {
        Take(0, At("a", 1), At("b", 1) with { Priority = 3 });
        Take(1, At("c", 1) with { Priority = 1000 }, At("d", 1) with { Priority = 70_000 });

        var update = Next();

        Assert.Equal([("a", 0), ("b", 3), ("c", 11_000), ("d", 19_999)], update.Endpoints.Select(e => (e.Host, e.Priority)));
        Assert.Equal(UpdateFreshness.Fresh, update.Freshness);
        Assert.Null(_merge.Next());
    }

    [Fact]
    public void Address_that_both_list_is_one_endpoint_as_the_first_describes_it()
    {
        Take(1, At("A", 1) with { Weight = 9 }, At("b", 1));
        Take(0, At("a", 1) with { Weight = 2, Status = RegistryStatus.Critical }, At("b", 2));

        Assert.Equal([("a", 1, 2), ("b", 2, 1), ("b", 1, 1)], Next().Endpoints.Select(e => (e.Host, e.Port, e.Weight)));
    }

    [Fact]
    public void First_list_waits_for_those_that_are_preferred_and_not_for_the_others()
    {
        Take(1, At("b", 1));
        Assert.Null(_merge.Next());
        Take(0, At("a", 1));
        Assert.Equal(2, Next().Endpoints.Count);

        var other = new SourceMerge(["consul", "configuration"]);
        other.Take(0, new([At("a", 1)], 1));
        Assert.Single(other.Next()!.Endpoints);
    }

    [Fact]
    public void First_list_comes_when_the_preferred_one_has_failed_and_the_error_after_it()
    {
        Take(1, At("b", 1));
        _merge.Fail(0, new InvalidOperationException("no agent"));

        var list = Next();
        var error = Next();

        Assert.Equal(("b", null), (Assert.Single(list.Endpoints).Host, list.Error));
        Assert.Equal(("no agent", UpdateFreshness.Unchanged), (error.Error?.Message, error.Freshness));
        Assert.Null(_merge.Next());
    }

    [Fact]
    public void First_list_comes_when_patience_is_over_but_not_an_empty_one()
    {
        _merge.Take(1, new([], 1));
        _merge.EndPatience();
        Assert.Null(_merge.Next());

        Take(1, At("b", 1));
        Assert.Single(Next().Endpoints);
    }

    [Fact]
    public void First_list_is_empty_once_all_have_spoken()
    {
        _merge.Take(0, new([], 1));
        _merge.Take(1, new([], 1));

        var update = Next();

        Assert.Equal((0, false, null), (update.Endpoints.Count, update.IsIncomplete, update.Error));
    }

    [Fact]
    public void No_list_but_errors_every_one_is_passed_on_and_says_nothing_of_the_list()
    {
        _merge.Fail(0, new InvalidOperationException("no agent"));
        Assert.Equal("no agent", Next().Error?.Message);
        _merge.Fail(0, new InvalidOperationException("no agent"));
        Assert.Equal("no agent", Next().Error?.Message);
        _merge.Take(1, new([], 1));

        Assert.Null(_merge.Next());

        // Both parts fail: one error that names both.
        _merge.Fail(1, new InvalidOperationException("no file"));
        var both = Next();
        Assert.Equal("consul: no agent configuration: no file", both.Error?.Message);
        Assert.False(both.HasList);
    }

    [Fact]
    public void Part_that_becomes_empty_makes_the_whole_incomplete_until_it_has_something_and_its_note_passes()
    {
        Take(0, At("a", 1));
        Take(1, At("b", 1));
        Next();

        _merge.Take(0, new([], 2) { Note = "rights?" });
        var emptied = Next();
        Assert.Equal(("b", true, "rights?", UpdateFreshness.Fresh), (emptied.Endpoints[0].Host, emptied.IsIncomplete, emptied.Note, emptied.Freshness));

        _merge.Take(0, new([], 3) { Note = "rights?" });
        _merge.Settle();
        Assert.True(Next().IsIncomplete);

        Take(0, At("a", 1));
        var back = Next();
        Assert.Equal((2, false, null), (back.Endpoints.Count, back.IsIncomplete, back.Note));
    }

    [Theory]
    [InlineData(4, 1, true)]
    [InlineData(4, 2, false)]
    [InlineData(3, 1, false)]
    [InlineData(10, 4, true)]
    public void Part_that_loses_more_than_half_of_four_or_more_is_incomplete_until_that_was_seen(int before, int after, bool isIncomplete)
    {
        Take(1, [.. Enumerable.Range(1, 50).Select(port => At("b", port))]);
        Take(0, [.. Enumerable.Range(1, before).Select(port => At("a", port))]);
        Next();

        Take(0, [.. Enumerable.Range(1, after).Select(port => At("a", port))]);
        Assert.Equal((isIncomplete, isIncomplete), (Next().IsIncomplete, _merge.HasCollapsed));

        // Told as new: a list that is only confirmed would not be taken in.
        _merge.Settle();
        var settled = _merge.Next();
        Assert.Equal(isIncomplete ? "False Fresh" : "", settled is null ? "" : $"{settled.IsIncomplete} {settled.Freshness}");
    }

    [Fact]
    public void Equal_list_is_told_as_unchanged_and_only_when_it_confirms_something()
    {
        _merge.Take(0, new([At("a", 1)], 5));
        _merge.Take(1, new([At("b", 1)], 1));
        Assert.Equal(5, Next().ConfirmedAt);

        _merge.Take(0, new([At("a", 1)], 9, UpdateFreshness.Unchanged));
        var confirmed = Next();
        Assert.Equal((UpdateFreshness.Unchanged, 9), (confirmed.Freshness, confirmed.ConfirmedAt));

        _merge.Take(1, new([At("b", 1)], 10));
        Assert.Null(_merge.Next());
    }

    [Fact]
    public void Age_is_that_of_the_preferred_one_that_still_watches()
    {
        _merge.Take(0, new([At("a", 1)], 5));
        _merge.Take(1, new([At("b", 1)], 7));
        Assert.Equal(5, Next().ConfirmedAt);

        _merge.End(0);
        Assert.Equal(7, Next().ConfirmedAt);
    }

    [Fact]
    public void Stale_part_makes_the_whole_stale()
    {
        Take(0, At("a", 1));
        Next();

        _merge.Take(1, new([At("b", 1)], 2, UpdateFreshness.Stale));

        Assert.Equal(UpdateFreshness.Stale, Next().Freshness);
    }

    [Fact]
    public void Error_of_a_part_keeps_its_list_and_ends_with_its_next_word()
    {
        Take(0, At("a", 1));
        Take(1, At("b", 1));
        Next();

        _merge.Take(0, new([], 1, UpdateFreshness.Unchanged) { Error = new InvalidOperationException("down") });
        var error = Next();
        Assert.Equal((2, "down", UpdateFreshness.Unchanged), (error.Endpoints.Count, error.Error?.Message, error.Freshness));

        // The other part has news meanwhile: the list is new though the error lasts.
        Take(1, At("c", 1));
        var news = Next();
        Assert.Equal(("down", UpdateFreshness.Fresh, true), (news.Error?.Message, news.Freshness, news.HasList));

        _merge.Take(0, new([At("a", 1)], 1, UpdateFreshness.Unchanged));
        var over = Next();
        Assert.Equal((null, UpdateFreshness.Unchanged), (over.Error, over.Freshness));
    }

    [Fact]
    public void Error_lasts_and_the_rest_becomes_empty_that_is_told_when_the_error_is_over()
    {
        Take(1, At("b", 1));
        _merge.Fail(0, new InvalidOperationException("down"));
        Next();
        Next();

        _merge.Take(1, new([], 2));
        Assert.Null(_merge.Next());
        _merge.Take(0, new([], 3));

        var update = Next();
        Assert.Equal((0, true, UpdateFreshness.Fresh), (update.Endpoints.Count, update.IsIncomplete, update.Freshness));
    }

    private static EndpointDescriptor At(string host, int port) => new(host, port);

    private void Take(int part, params EndpointDescriptor[] endpoints) => _merge.Take(part, new(endpoints, 1));

    private EndpointUpdate Next() => Assert.IsType<EndpointUpdate>(_merge.Next());
}
