using ClientLb.Simulation.Dispatch;
using ClientLb.Simulation.Model;

namespace ClientLb.Simulation.Tests;

public class LoopTimeTests
{
    private readonly World _world = new(Runs.Cell("T", "homog"));
    private int _fired;

    [Fact]
    public void A_timer_fires_at_its_period()
    {
        using var timer = Create(out var time);

        Assert.Equal([0.1, 0.2, 0.3], Turns(time, 3).Select(static at => Math.Round(at, 6)));
        Assert.Equal(3, _fired);
        Assert.Equal(TimeSpan.FromSeconds(0.3), TimeSpan.FromTicks(time.GetTimestamp() - TimeSpan.TicksPerDay));
    }

    [Fact]
    public void A_changed_timer_forgets_its_earlier_plan()
    {
        using var timer = Create(out var time);
        timer.Change(TimeSpan.FromSeconds(0.05), TimeSpan.FromSeconds(1));

        Assert.Equal([0.05, 1.05], Turns(time, 2).Select(static at => Math.Round(at, 6)));
    }

    [Fact]
    public void A_disposed_timer_is_silent()
    {
        Create(out var time).Dispose();

        Assert.Empty(Turns(time, 1));
    }

    [Fact]
    public void The_first_turns_of_the_clients_are_spread()
    {
        var time = new LoopTime(_world);
        var timers = Enumerable.Range(0, 2).Select(_ => time.CreateTimer(static _ => { }, null, TimeSpan.FromSeconds(0.1), TimeSpan.FromSeconds(0.1))).ToList();

        Assert.Equal([0.05, 0.1], Turns(time, 2).Select(static at => Math.Round(at, 6)));
        timers.ForEach(static timer => timer.Dispose());
    }

    // The second client's: the first one's comes half a period earlier.
    private ITimer Create(out LoopTime time)
    {
        time = new LoopTime(_world);
        time.CreateTimer(static _ => { }, null, TimeSpan.FromSeconds(0.1), TimeSpan.FromSeconds(0.1)).Dispose();
        return time.CreateTimer(_ => _fired++, null, TimeSpan.FromSeconds(0.1), TimeSpan.FromSeconds(0.1));
    }

    private List<double> Turns(LoopTime time, int count)
    {
        var turns = new List<double>();
        while (turns.Count < count && _world.Events.TryTake(out var next))
        {
            _world.Now = next.At;
            if (time.TryFire(next.Subject, next.Version))
            {
                turns.Add(next.At);
            }
        }

        return turns;
    }
}
