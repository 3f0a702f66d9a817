using System.Net.Sockets;
using static ClientLb.Tests.Consul.Registration.RegistrationRig;

namespace ClientLb.Tests.Consul.Registration;

/// <summary>The order of a stop, and everything that may be in its way.</summary>
public class RegistrationStopTests
{
    [Fact]
    public async Task Stop_tells_the_callers_settles_waits_for_what_is_in_flight_and_deregisters()
    {
        using var rig = new RegistrationRig { InFlight = 3 };
        await rig.StartAsync();

        var stop = rig.Registration.StopAsync(default);
        await rig.TakeAsync(Maintenance);
        await rig.PassAsync(Settle);
        for (var i = 0; i < 3; i++)
        {
            await rig.PassAsync(DrainLook);
        }

        Assert.False(rig.Consul.HasMore);
        rig.InFlight = 0;
        await rig.PassAsync(DrainLook);
        await rig.TakeAsync(Deregister);

        await rig.EndsAsync(stop);
        Assert.Equal((1, 0, 1), (rig.Log.Count(2156), rig.Log.Count(2157), rig.Log.Count(2158)));
    }

    [Fact]
    public async Task Stop_with_nothing_in_flight_still_settles()
    {
        using var rig = new RegistrationRig();
        await rig.StartAsync();

        var stop = rig.Registration.StopAsync(default);
        await rig.TakeAsync(Maintenance);
        await rig.Time.TimerAsync(Settle, Settle);
        Assert.False(rig.Consul.HasMore);
        await rig.PassAsync(Settle);
        await rig.TakeAsync(Deregister);

        await rig.EndsAsync(stop);
    }

    [Fact]
    public async Task Drain_ends_at_its_limit_and_the_heart_beats_until_then()
    {
        using var rig = new RegistrationRig(static o => o.DrainTimeout = TimeSpan.FromSeconds(10)) { InFlight = 1 };
        await rig.StartAsync();

        var stop = rig.Registration.StopAsync(default);
        await rig.TakeAsync(Maintenance);
        await rig.PassAsync(Settle);
        while (rig.Time.Elapsed < Third)
        {
            await rig.PassAsync(DrainLook);
        }

        await rig.TakeAsync(Beat);
        while (rig.Time.Elapsed < TimeSpan.FromSeconds(10))
        {
            Assert.False(rig.Consul.HasMore);
            await rig.PassAsync(DrainLook);
        }

        await rig.TakeAsync(Deregister);
        await rig.EndsAsync(stop);
        Assert.Contains("DrainTimeout", rig.Log.TextOf(2157), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Host_whose_time_is_over_ends_the_drain_at_once()
    {
        using var rig = new RegistrationRig { InFlight = 1 };
        await rig.StartAsync();
        using var host = new CancellationTokenSource();

        var stop = rig.Registration.StopAsync(host.Token);
        await rig.TakeAsync(Maintenance);
        await rig.PassAsync(Settle);
        await rig.PassAsync(DrainLook);
        await host.CancelAsync();
        await rig.TakeAsync(Deregister);

        await rig.EndsAsync(stop);
        Assert.Contains("the host's time to stop", rig.Log.TextOf(2157), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Host_without_any_time_left_only_deregisters()
    {
        using var rig = new RegistrationRig { InFlight = 1 };
        await rig.StartAsync();

        var stop = rig.Registration.StopAsync(new CancellationToken(canceled: true));
        await rig.TakeAsync(Deregister);

        await rig.EndsAsync(stop);
    }

    [Fact]
    public async Task Application_that_can_not_count_its_calls_is_deregistered_all_the_same()
    {
        using var rig = new RegistrationRig { InFlight = null };
        await rig.StartAsync();

        var stop = rig.Registration.StopAsync(default);
        await rig.TakeAsync(Maintenance);
        await rig.TakeAsync(Deregister);

        await rig.EndsAsync(stop);
    }

    [Fact]
    public async Task Agent_that_is_silent_delays_the_stop_by_two_seconds()
    {
        using var rig = new RegistrationRig { InFlight = 1 };
        await rig.StartAsync();

        var stop = rig.Registration.StopAsync(default);
        await rig.NextAsync(Maintenance);
        await rig.PassAsync(TimeSpan.FromSeconds(1));
        await rig.NextAsync(Deregister);
        await rig.PassAsync(TimeSpan.FromSeconds(1));

        await rig.EndsAsync(stop);
        Assert.Equal(TimeSpan.FromSeconds(2), rig.Time.Elapsed);
        Assert.Equal((1, 1), (rig.Log.Count(2159), rig.Log.Count(2160)));
    }

    [Fact]
    public async Task Stop_before_the_agent_has_answered_takes_back_what_may_have_been_taken()
    {
        using var rig = new RegistrationRig();
        var register = await rig.NextAsync(Register);

        var stop = rig.Registration.StopAsync(default);
        await register.Cancelled;
        await rig.TakeAsync(Deregister);

        await rig.EndsAsync(stop);
    }

    [Fact]
    public async Task Stop_while_the_agent_is_away_is_over_as_soon_as_that_is_known()
    {
        using var rig = new RegistrationRig();
        (await rig.NextAsync(Register)).Throw(new HttpRequestException("no", new SocketException((int)SocketError.ConnectionRefused)));
        await rig.Time.TimerAsync(TimeSpan.FromMilliseconds(250), TimeSpan.FromSeconds(1));

        var stop = rig.Registration.StopAsync(default);
        (await rig.NextAsync(Deregister)).Throw(new HttpRequestException("no", new SocketException((int)SocketError.ConnectionRefused)));

        await rig.EndsAsync(stop);
        Assert.Equal(TimeSpan.Zero, rig.Time.Elapsed);
    }
}
