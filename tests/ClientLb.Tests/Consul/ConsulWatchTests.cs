using System.Net;
using ClientLb.Consul;
using ClientLb.Discovery;

namespace ClientLb.Tests.Consul;

public class ConsulWatchTests
{
    [Fact]
    public async Task First_query_has_no_index_and_the_next_is_held_with_it()
    {
        await using var rig = new WatchRig();
        var first = await rig.NextAsync();
        first.Answer(17, WireText.Ports(1));
        var update = await rig.Reader.NextAsync();
        var second = await rig.NextAsync();

        Assert.Equal("/v1/health/service/web", first.Uri.AbsolutePath);
        Assert.Null(first.Index);
        Assert.Equal("17", second.Index);
        Assert.Equal("45000ms", second.Wait);
        Assert.True(second.IsStale);
        Assert.Equal(UpdateFreshness.Fresh, update.Freshness);
        Assert.Equal("dc1/n1/web-1", Assert.Single(update.Endpoints).Id);
    }

    [Fact]
    public async Task Same_list_in_another_order_is_confirmed_and_not_published()
    {
        await using var rig = new WatchRig();
        (await rig.NextAsync()).Answer(17, WireText.Ports(1, 2, 3));
        var first = await rig.Reader.NextAsync();
        var held = await rig.NextAsync();
        rig.Time.Advance(TimeSpan.FromSeconds(20));
        held.Answer(18, WireText.Ports(3, 1, 2));
        var second = await rig.Reader.NextAsync();

        Assert.Equal(UpdateFreshness.Unchanged, second.Freshness);
        Assert.Same(first.Endpoints, second.Endpoints);
        Assert.Equal(TimeSpan.FromSeconds(20.25).Ticks, second.ConfirmedAt - first.ConfirmedAt);
    }

    [Theory]
    [InlineData(12UL, null)]
    [InlineData(17UL, "17")]
    [InlineData(18UL, "18")]
    public async Task Index_that_goes_back_is_forgotten(ulong next, string? expected)
    {
        await using var rig = new WatchRig();
        (await rig.StartAsync(17, 1)).Answer(next, WireText.Ports(2));

        Assert.Equal(expected, (await rig.NextAsync()).Index);
    }

    [Theory]
    [InlineData(0UL)]
    [InlineData(null)]
    [InlineData(1UL)]
    public async Task Index_that_could_not_be_held_is_one(ulong? index)
    {
        await using var rig = new WatchRig();
        (await rig.NextAsync()).Answer(index, WireText.Ports(1));

        Assert.Equal("1", (await rig.NextAsync()).Index);
    }

    [Fact]
    public async Task Error_keeps_the_list_and_its_index_counts_for_nothing()
    {
        await using var rig = new WatchRig();
        var held = await rig.StartAsync(17, 1);
        held.Refuse(HttpStatusCode.InternalServerError, "rpc error making call: EOF");
        var update = await rig.Reader.NextAsync();

        Assert.Equal(DiscoveryErrorKind.Unavailable, Assert.IsType<DiscoveryException>(update.Error).Kind);
        Assert.Single(update.Endpoints);
        Assert.Null((await rig.NextAsync()).Index);
    }

    [Fact]
    public async Task Error_before_the_first_list_is_an_update_without_endpoints()
    {
        await using var rig = new WatchRig();
        (await rig.NextAsync()).Throw(new HttpRequestException(HttpRequestError.ConnectionError));
        var update = await rig.Reader.NextAsync();

        Assert.NotNull(update.Error);
        Assert.Empty(update.Endpoints);
    }

    [Fact]
    public async Task Held_query_without_an_answer_ends_after_its_own_limit()
    {
        await using var rig = new WatchRig();
        var held = await rig.StartAsync(17, 1);
        rig.Time.Advance(WatchRig.HeldLimit - TimeSpan.FromSeconds(1));
        Assert.False(held.IsCancelled);
        rig.Time.Advance(TimeSpan.FromSeconds(1));
        await held.Cancelled;

        Assert.Equal(DiscoveryErrorKind.Timeout, Assert.IsType<DiscoveryException>((await rig.Reader.NextAsync()).Error).Kind);
    }

    [Fact]
    public async Task Pauses_after_failures_double_with_jitter_up_to_the_cap()
    {
        await using var rig = new WatchRig(static o => o.AllowStale = false);
        var previous = TimeSpan.Zero;
        foreach (var full in new[] { 0.5, 1, 2, 4, 8, 10, 10 }.Select(TimeSpan.FromSeconds))
        {
            (await rig.NextAsync()).Refuse(HttpStatusCode.InternalServerError, "No cluster leader");
            await rig.Reader.NextAsync();
            var pause = await rig.Time.TimerAsync(full / 2, full);
            Assert.NotEqual(previous, pause);
            rig.Time.Advance(previous = pause);
        }
    }

    [Fact]
    public async Task Stale_read_that_fails_is_repeated_at_once_and_then_the_leader_is_asked()
    {
        await using var rig = new WatchRig();
        var stale = new List<bool>();
        for (var attempt = 0; attempt < 4; attempt++)
        {
            var request = await rig.NextAsync();
            stale.Add(request.IsStale);
            request.Refuse(HttpStatusCode.InternalServerError, "lead thread didn't get connection");
            await rig.Reader.NextAsync();
            if (attempt > 0)
            {
                rig.Time.Advance(await rig.Time.TimerAsync(TimeSpan.FromMilliseconds(250), TimeSpan.FromSeconds(4)));
            }
        }

        Assert.Equal([true, true, false, true], stale);
    }

    [Fact]
    public async Task Flapping_service_is_asked_no_faster_than_the_least_interval()
    {
        await using var rig = new WatchRig();
        var start = rig.Time.Elapsed;
        for (var index = 1; index <= 41; index++)
        {
            (await rig.NextAsync()).Answer((ulong)index, WireText.Ports(1));
            await rig.Reader.NextAsync();
        }

        Assert.Equal(TimeSpan.FromSeconds(10), rig.Time.Elapsed - start);
    }

    [Fact]
    public async Task List_that_changes_all_the_time_is_taken_over_twice_a_second_and_quickly_after_a_rest()
    {
        await using var rig = new WatchRig();
        var index = 0;
        var times = new List<TimeSpan>();
        async Task ChangeAsync()
        {
            (await rig.NextAsync()).Answer((ulong)++index, WireText.Ports(index));
            Assert.Equal(index, (await rig.Reader.NextAsync()).Endpoints[0].Port);
            times.Add(rig.Time.Elapsed);
        }

        for (var i = 0; i < 40; i++)
        {
            await ChangeAsync();
        }

        Assert.Equal(TimeSpan.FromMilliseconds(250), times[1] - times[0]);
        Assert.InRange((times[^1] - times[10]).TotalSeconds, 14, 15);

        var held = await rig.NextAsync();
        rig.Time.Advance(TimeSpan.FromSeconds(5));
        held.Answer((ulong)++index, WireText.Ports(index));
        await rig.Reader.NextAsync();
        var quick = rig.Time.Elapsed;
        await ChangeAsync();
        Assert.InRange((rig.Time.Elapsed - quick).TotalMilliseconds, 0, 250);
    }

    [Theory]
    [InlineData(false, 0)]
    [InlineData(true, 10_001)]
    public async Task Answer_of_a_server_without_its_leader_is_stale_and_the_leader_is_asked(bool hasLeader, int age)
    {
        await using var rig = new WatchRig();
        (await rig.NextAsync()).Answer(17, WireText.Ports(1), hasLeader, age);
        var stale = await rig.Reader.NextAsync();
        var toLeader = await rig.NextAsync();
        toLeader.Answer(17, WireText.Ports(1));
        var confirmed = await rig.Reader.NextAsync();
        var held = await rig.NextAsync();

        Assert.Equal(UpdateFreshness.Stale, stale.Freshness);
        Assert.Equal(age, TimeSpan.FromTicks(rig.Time.Elapsed.Ticks - TimeSpan.FromMilliseconds(500).Ticks - stale.ConfirmedAt).TotalMilliseconds);
        Assert.False(toLeader.IsStale);
        Assert.Null(toLeader.Index);
        Assert.Equal(UpdateFreshness.Unchanged, confirmed.Freshness);
        Assert.True(held.IsStale);
        Assert.Equal("17", held.Index);
    }

    [Theory]
    [InlineData(false, true)]
    [InlineData(true, true)]
    [InlineData(true, false)]
    public async Task Server_that_has_just_started_and_knows_less_is_not_believed(bool hasLeader, bool allowStale)
    {
        await using var rig = new WatchRig(o => o.AllowStale = allowStale);
        var held = await rig.StartAsync(17, 1, 2);
        held.Answer(3, WireText.Ports(), hasLeader);
        var asked = await rig.NextAsync();
        Assert.True(asked.IsConfirmed);
        asked.Answer(17, WireText.Ports(1, 2));
        var confirmed = await rig.Reader.NextAsync();

        Assert.Equal((UpdateFreshness.Unchanged, 2), (confirmed.Freshness, confirmed.Endpoints.Count));
        Assert.Equal("17", (await rig.NextAsync()).Index);
    }

    [Fact]
    public async Task Registry_that_has_lost_its_data_is_believed_once_its_leader_has_confirmed_it()
    {
        await using var rig = new WatchRig();
        (await rig.StartAsync(17, 1, 2)).Answer(3, WireText.Ports());
        (await rig.NextAsync()).Refuse(HttpStatusCode.InternalServerError, "No cluster leader");
        Assert.Equal(2, (await rig.Reader.NextAsync()).Endpoints.Count);
        (await rig.NextAsync()).Answer(3, WireText.Ports());
        (await rig.NextAsync()).Answer(3, WireText.Ports());
        var emptied = await rig.Reader.NextAsync();

        Assert.Equal((UpdateFreshness.Fresh, 0), (emptied.Freshness, emptied.Endpoints.Count));
        Assert.Equal("3", (await rig.NextAsync()).Index);
    }

    [Fact]
    public async Task Leader_that_can_not_be_asked_leaves_the_stale_list_watched()
    {
        await using var rig = new WatchRig();
        (await rig.NextAsync()).Answer(17, WireText.Ports(1), hasLeader: false);
        await rig.Reader.NextAsync();
        (await rig.NextAsync()).Refuse(HttpStatusCode.InternalServerError, "No cluster leader");
        var failed = await rig.Reader.NextAsync();
        var held = await rig.NextAsync();

        Assert.NotNull(failed.Error);
        Assert.Single(failed.Endpoints);
        Assert.True(held.IsStale);
        Assert.Equal("17", held.Index);
    }

    [Fact]
    public async Task Next_agent_is_asked_at_once_where_one_is_gone_but_not_where_the_token_is_refused()
    {
        await using var rig = new WatchRig(static o =>
        {
            o.Addresses.Add("one");
            o.Addresses.Add("two:1");
            o.Addresses.Add("https://three");
        });
        var agents = new List<string>();
        for (var attempt = 0; attempt < 3; attempt++)
        {
            var request = await rig.NextAsync();
            agents.Add(request.Uri.GetLeftPart(UriPartial.Authority));
            request.Throw(new HttpRequestException(HttpRequestError.ConnectionError));
            await rig.Reader.NextAsync();
        }

        rig.Time.Advance(await rig.Time.TimerAsync(TimeSpan.FromMilliseconds(250), TimeSpan.FromMilliseconds(500)));
        var fourth = await rig.NextAsync();
        fourth.Refuse(HttpStatusCode.Forbidden, "ACL not found");
        await rig.Reader.NextAsync();
        rig.Time.Advance(await rig.Time.TimerAsync(TimeSpan.FromMilliseconds(500), TimeSpan.FromSeconds(1)));
        var fifth = await rig.NextAsync();

        Assert.Equal(["http://one:8500", "http://two:1", "https://three"], agents);
        Assert.Equal("one", fourth.Uri.Host);
        Assert.Equal("one", fifth.Uri.Host);
    }

    [Fact]
    public async Task Watch_that_nobody_reads_ends_with_its_held_query_and_not_before()
    {
        await using var rig = new WatchRig();
        var held = await rig.StartAsync(17, 1);
        rig.IsRetired = true;
        Assert.False(held.IsCancelled);
        held.Answer(18, WireText.Ports(1));
        await rig.Loop;

        Assert.False(held.IsCancelled);
        Assert.False(rig.Consul.HasMore);
    }

    [Fact]
    public async Task Outage_is_said_once_and_so_is_its_end()
    {
        await using var rig = new WatchRig(static o => o.AllowStale = false);
        for (var attempt = 0; attempt < 4; attempt++)
        {
            (await rig.NextAsync()).Refuse(HttpStatusCode.InternalServerError, "No cluster leader");
            await rig.Reader.NextAsync();
            rig.Time.Advance(await rig.Time.TimerAsync(TimeSpan.FromMilliseconds(250), TimeSpan.FromSeconds(10)));
        }

        (await rig.NextAsync()).Answer(17, WireText.Ports(1));
        await rig.Reader.NextAsync();

        Assert.Single(rig.Logger.Entries, static e => e.Text.Contains("fails", StringComparison.Ordinal));
        Assert.Single(rig.Logger.Entries, static e => e.Text.Contains("works again after 4 failures", StringComparison.Ordinal));
    }
}
