using System.Net;
using ClientLb.Consul;
using ClientLb.Discovery;
using ClientLb.Endpoints;
using ClientLb.Tests.Discovery;

namespace ClientLb.Tests.Consul;

/// <summary>What makes a watch look up from what it waits for.</summary>
public class ConsulNudgeTests
{
    private static readonly TimeSpan s_grace = TimeSpan.FromSeconds(1);

    [Fact]
    public async Task Look_asks_beside_the_held_query()
    {
        await using var rig = new WatchRig();
        var held = await rig.StartAsync(17, 1);
        rig.Watch.Nudges.Add(ConsulNudge.Look);
        var look = await rig.Consul.NextAsync();
        look.Answer(17, WireText.Ports(1));
        var update = await rig.Reader.NextAsync();

        Assert.Null(look.Index);
        Assert.Equal(UpdateFreshness.Unchanged, update.Freshness);
        Assert.False(held.IsCancelled);
    }

    [Fact]
    public async Task Look_that_finds_more_ends_a_held_query_that_stays_silent()
    {
        await using var rig = new WatchRig();
        var held = await rig.StartAsync(17, 1);
        rig.Watch.Nudges.Add(ConsulNudge.Look);
        (await rig.Consul.NextAsync()).Answer(20, WireText.Ports(1, 2));
        rig.Time.Advance(await rig.Time.TimerAsync(s_grace, s_grace));
        var update = await rig.Reader.NextAsync();

        Assert.Equal(2, update.Endpoints.Count);
        Assert.True(held.IsCancelled);
        Assert.Equal("20", (await rig.NextAsync()).Index);
    }

    [Fact]
    public async Task Look_of_a_server_that_lags_behind_is_dropped()
    {
        await using var rig = new WatchRig();
        var held = await rig.StartAsync(17, 1);
        rig.Watch.Nudges.Add(ConsulNudge.Look);
        (await rig.Consul.NextAsync()).Answer(16, WireText.Ports(9));
        held.Answer(18, WireText.Ports(2));

        Assert.Equal(2, (await rig.Reader.NextAsync()).Endpoints[0].Port);
    }

    [Fact]
    public async Task Looks_are_rate_limited()
    {
        await using var rig = new WatchRig();
        await rig.StartAsync(17, 1);
        rig.Watch.Nudges.Add(ConsulNudge.Look);
        (await rig.Consul.NextAsync()).Answer(17, WireText.Ports(1));
        await rig.Reader.NextAsync();

        rig.Time.Advance(TimeSpan.FromSeconds(4.9));
        rig.Watch.Nudges.Add(ConsulNudge.Look);
        await TakenAsync(rig);
        Assert.False(rig.Consul.HasMore);

        rig.Time.Advance(TimeSpan.FromSeconds(0.1));
        rig.Watch.Nudges.Add(ConsulNudge.Look);
        await rig.Consul.NextAsync();
    }

    [Fact]
    public async Task Look_that_fails_is_an_error_and_the_held_query_goes_on()
    {
        await using var rig = new WatchRig();
        var held = await rig.StartAsync(17, 1);
        rig.Watch.Nudges.Add(ConsulNudge.Look);
        (await rig.Consul.NextAsync()).Refuse(HttpStatusCode.InternalServerError, "No cluster leader");

        Assert.NotNull((await rig.Reader.NextAsync()).Error);
        held.Answer(18, WireText.Ports(2));
        Assert.Equal(2, (await rig.Reader.NextAsync()).Endpoints[0].Port);
    }

    [Fact]
    public async Task Held_query_over_a_new_connection_is_checked_with_the_leader()
    {
        await using var rig = new WatchRig();
        var held = await rig.StartAsync(17, 1);
        rig.Connections.Tell(held.Message);
        var look = await rig.Consul.NextAsync();
        look.Answer(12, WireText.List());
        rig.Time.Advance(await rig.Time.TimerAsync(s_grace, s_grace));
        var update = await rig.Reader.NextAsync();

        Assert.False(look.IsStale);
        Assert.Empty(update.Endpoints);
        Assert.True(held.IsCancelled);
        Assert.Null((await rig.NextAsync()).Index);
    }

    [Fact]
    public async Task Connection_that_others_opened_since_the_last_answer_is_met_without_index()
    {
        await using var rig = new WatchRig();
        (await rig.NextAsync()).Answer(17, WireText.Ports(1));
        await rig.Reader.NextAsync();
        using var other = new HttpRequestMessage();
        rig.Connections.Tell(other);
        var request = await rig.NextAsync();
        request.Answer(17, WireText.Ports(1));

        Assert.Null(request.Index);
        Assert.Equal("17", (await rig.NextAsync()).Index);
    }

    [Fact]
    public async Task Suspect_query_gets_a_second_and_is_then_sent_again_without_index()
    {
        await using var rig = new WatchRig();
        var held = await rig.StartAsync(17, 1);
        rig.Watch.Nudges.Add(ConsulNudge.Suspect);
        rig.Time.Advance(await rig.Time.TimerAsync(s_grace, s_grace));
        await held.Cancelled;

        Assert.Null((await rig.NextAsync()).Index);
        Assert.False(rig.Reader.HasMore);
    }

    [Fact]
    public async Task Suspect_query_that_answers_in_time_was_fine()
    {
        await using var rig = new WatchRig();
        var held = await rig.StartAsync(17, 1);
        rig.Watch.Nudges.Add(ConsulNudge.Suspect);
        await rig.Time.TimerAsync(s_grace, s_grace);
        held.Answer(18, WireText.Ports(2));

        Assert.Equal(2, (await rig.Reader.NextAsync()).Endpoints[0].Port);
        Assert.Equal("18", (await rig.NextAsync()).Index);
    }

    [Theory]
    [InlineData((int)ConsulNudge.Recovered)]
    [InlineData((int)ConsulNudge.Look)]
    public async Task Pause_ends_early_when_the_agent_is_back_or_somebody_asks(int nudge)
    {
        await using var rig = new WatchRig(static o =>
        {
            o.AllowStale = false;
            o.BackoffBase = o.BackoffCap = TimeSpan.FromMinutes(1);
        });
        (await rig.NextAsync()).Refuse(HttpStatusCode.InternalServerError, "No cluster leader");
        await rig.Reader.NextAsync();
        await rig.Time.TimerAsync(TimeSpan.FromSeconds(30), TimeSpan.FromMinutes(1));
        rig.Watch.Nudges.Add((ConsulNudge)nudge);

        await rig.NextAsync();
        Assert.True(rig.Time.Elapsed < TimeSpan.FromSeconds(1));
    }

    [Fact]
    public void Abandoned_queries_are_counted_because_the_agent_keeps_their_connections()
    {
        var time = new VirtualTime();
        var abandonment = new ConsulAbandonment(new MonotonicClock(time), TimeSpan.FromSeconds(45));

        Assert.All(Enumerable.Range(0, ConsulAbandonment.Capacity), _ => Assert.True(abandonment.TryTake()));
        Assert.False(abandonment.TryTake());
        time.Advance(TimeSpan.FromSeconds(1));
        Assert.True(abandonment.TryTake());
        Assert.False(abandonment.TryTake());
    }

    private static async Task TakenAsync(WatchRig rig)
    {
        // The loop takes the nudges when it handles them: then nothing is left to wait for.
        while (rig.Watch.Nudges.WaitAsync().IsCompleted)
        {
            await Task.Yield();
        }
    }
}
