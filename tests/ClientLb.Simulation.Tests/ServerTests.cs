using ClientLb.Simulation.Model;

namespace ClientLb.Simulation.Tests;

public class ServerTests
{
    private readonly RequestPool _requests = new();

    [Fact]
    public void Processor_sharing_gives_all_the_same_speed()
    {
        var server = new Server(2, Discipline.Ps, 1);
        Accept(server, 0, 1);
        Accept(server, 0, 2);
        Accept(server, 0, 3);

        // Three at two cores: each runs at 2/3; then two at full speed.
        Assert.Equal(1.5, Next(server, 0), 9);
        Finish(server, 1.5);
        Assert.Equal(2.5, Next(server, 1.5), 9);
        Finish(server, 2.5);
        Assert.Equal(3.5, Next(server, 2.5), 9);
    }

    [Fact]
    public void Fifo_lets_the_third_wait_for_a_core()
    {
        var server = new Server(2, Discipline.Fifo, 1);
        var requests = new[] { Accept(server, 0, 1), Accept(server, 0, 5), Accept(server, 0, 1) };

        Assert.Equal(requests[0], Finish(server, Next(server, 0)));
        Assert.Equal(2, Next(server, 1), 9);
        Assert.Equal(requests[2], Finish(server, 2));
        Assert.Equal(1, server.InFlight);
    }

    [Fact]
    public void A_change_of_speed_holds_from_then_on()
    {
        var server = new Server(1, Discipline.Ps, 1);
        Accept(server, 0, 2);
        server.SetSpeed(1, 0.25);

        Assert.Equal(5, Next(server, 1), 9);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_frozen_server_goes_on_without_those_who_left(bool isFifo)
    {
        var server = new Server(1, isFifo ? Discipline.Fifo : Discipline.Ps, 1);
        var (left, stays) = (Accept(server, 0, 1), Accept(server, 0, 1));
        server.Freeze(0);
        Assert.False(server.TryPlan(5, out _));
        _requests[left].IsAbandoned = true;
        server.Thaw(9, _requests);

        Assert.Equal(1, server.InFlight);
        Assert.Equal(10, Next(server, 9), 9);
        Assert.Equal(stays, Finish(server, 10));
        Assert.Equal(left, _requests.Rent());
    }

    private static double Next(Server server, double now)
    {
        Assert.True(server.TryPlan(now, out var departure));
        return departure;
    }

    private int Accept(Server server, double now, double work)
    {
        var request = _requests.Rent();
        _requests[request] = new Request { Work = work };
        server.Accept(now, request, _requests[request]);
        return request;
    }

    private int Finish(Server server, double now) => server.Finish(now, _requests);
}
