using System.Net;
using System.Net.Sockets;
using ClientLb.Consul.Registration;
using static ClientLb.Tests.Consul.Registration.RegistrationRig;

namespace ClientLb.Tests.Consul.Registration;

public class ConsulRegistrationTests
{
    private static readonly TimeSpan s_longestPause = TimeSpan.FromSeconds(1);

    [Fact]
    public async Task Start_registers_says_at_once_that_it_is_alive_and_then_each_third()
    {
        using var rig = new RegistrationRig();

        var document = await rig.TakeAsync(Register);
        Assert.Equal(
            """{"ID":"orders-m-80","Name":"orders","Address":"","Port":80,"Tags":[],"Meta":{},"Weights":{"Passing":1,"Warning":1},"Checks":[{"CheckID":"service:orders-m-80:1","Name":"Heartbeat","TTL":"24000ms","Status":"passing","DeregisterCriticalServiceAfter":"60000ms"}]}""",
            document);
        Assert.Contains("\"passing\"", await rig.TakeAsync(Beat), StringComparison.Ordinal);
        for (var i = 0; i < 3; i++)
        {
            await rig.PassAsync(Third);
            await rig.TakeAsync(Beat);
        }

        Assert.Equal((1, 0), (rig.Log.Count(2150), rig.Log.Count(2151)));
    }

    [Fact]
    public async Task Agent_away_it_is_tried_again_with_pauses_and_said_once_per_cause()
    {
        using var rig = new RegistrationRig();

        for (var i = 0; i < 3; i++)
        {
            (await rig.NextAsync(Register)).Throw(new HttpRequestException("no", new SocketException((int)SocketError.ConnectionRefused)));
            await rig.PassAsync(TimeSpan.FromMilliseconds(250), s_longestPause * 2);
        }

        await rig.RefuseAsync(Register, HttpStatusCode.Forbidden, "Permission denied");
        await rig.PassAsync(s_longestPause, s_longestPause * 4);
        await rig.StartAsync();
        await rig.PassAsync(Third);
        await rig.TakeAsync(Beat);

        Assert.Equal((2, 1, 1), (rig.Log.Count(2151), rig.Log.Count(2152), rig.Log.Count(2150)));
        Assert.Contains(rig.Log.Lines, static l => l.Text.Contains("service:write", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Agent_that_is_silent_is_given_up_and_asked_again()
    {
        using var rig = new RegistrationRig();

        var silent = await rig.NextAsync(Register);
        await rig.PassAsync(TimeSpan.FromSeconds(10));
        await silent.Cancelled;
        await rig.PassAsync(TimeSpan.FromMilliseconds(250), s_longestPause);

        await rig.StartAsync();
    }

    [Theory]
    [InlineData(HttpStatusCode.NotFound, "Unknown check ID")]
    [InlineData(HttpStatusCode.InternalServerError, "CheckID does not have associated TTL")]
    public async Task Heartbeat_of_a_check_that_the_agent_does_not_know_registers_again_at_once(HttpStatusCode status, string text)
    {
        using var rig = new RegistrationRig();
        await rig.StartAsync();
        await rig.PassAsync(Third);

        await rig.RefuseAsync(Beat, status, text);

        await rig.StartAsync();
        Assert.Equal(1, rig.Log.Count(2153));
    }

    [Fact]
    public async Task Agent_that_does_not_know_what_it_has_just_taken_is_not_asked_without_a_pause()
    {
        using var rig = new RegistrationRig();

        for (var i = 0; i < 3; i++)
        {
            await rig.TakeAsync(Register);
            await rig.RefuseAsync(Beat, HttpStatusCode.NotFound, "Unknown check ID");
            await rig.PassAsync(TimeSpan.FromMilliseconds(250), s_longestPause * 2);
        }

        Assert.Equal((0, 1), (rig.Log.Count(2153), rig.Log.Count(2151)));
    }

    [Fact]
    public async Task Heartbeat_that_fails_is_repeated_before_its_third_and_does_not_register_again()
    {
        using var rig = new RegistrationRig();
        await rig.StartAsync();
        await rig.PassAsync(Third);

        (await rig.NextAsync(Beat)).Throw(new HttpRequestException("no", new SocketException((int)SocketError.ConnectionRefused)));
        await rig.PassAsync(TimeSpan.FromMilliseconds(250), s_longestPause);

        await rig.TakeAsync(Beat);
    }

    [Fact]
    public async Task Registration_without_heartbeats_is_looked_for_and_made_again()
    {
        using var rig = new RegistrationRig(static o => o.Checks[0].Type = ConsulCheckType.Tcp);
        await rig.TakeAsync(Register);
        await rig.LoggedAsync(2150);
        await rig.PassAsync(TimeSpan.FromSeconds(10));
        await rig.TakeAsync(Look);
        await rig.PassAsync(TimeSpan.FromSeconds(10));

        await rig.RefuseAsync(Look, HttpStatusCode.NotFound, "unknown service ID");

        await rig.TakeAsync(Register);
        Assert.Equal(1, rig.Log.Count(2153));
    }

    [Fact]
    public async Task Health_of_the_application_is_what_the_heartbeat_says()
    {
        var health = ConsulCheckStatus.Warning;
        var fails = false;
        using var rig = new RegistrationRig(o => o.Health = async _ => fails ? throw new InvalidOperationException("secret") : await Task.FromResult(health));

        Assert.Contains("\"Status\":\"warning\"", await rig.TakeAsync(Register), StringComparison.Ordinal);
        Assert.Contains("\"warning\"", await rig.TakeAsync(Beat), StringComparison.Ordinal);
        fails = true;
        await rig.PassAsync(Third);
        var failed = await rig.TakeAsync(Beat);
        Assert.Contains("\"critical\"", failed, StringComparison.Ordinal);
        Assert.DoesNotContain("secret", failed, StringComparison.Ordinal);
        (fails, health) = (false, ConsulCheckStatus.Passing);
        await rig.PassAsync(Third);
        Assert.Contains("\"passing\"", await rig.TakeAsync(Beat), StringComparison.Ordinal);

        Assert.Equal(3, rig.Log.Count(2155));
    }

    [Fact]
    public async Task Application_that_does_not_say_how_it_is_is_critical()
    {
        using var rig = new RegistrationRig(static o => o.Health = static async _ =>
        {
            await new TaskCompletionSource().Task;
            return ConsulCheckStatus.Passing;
        });

        await rig.PassAsync(Third);

        Assert.Contains("\"Status\":\"critical\"", await rig.TakeAsync(Register), StringComparison.Ordinal);
    }
}
