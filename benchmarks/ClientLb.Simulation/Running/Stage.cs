using ClientLb.Simulation.Dispatch;
using ClientLb.Simulation.Model;

namespace ClientLb.Simulation.Running;

/// <summary>Plays the scenario.</summary>
internal sealed class Stage(World world, Dispatcher dispatcher)
{
    private const double FirstDisturbance = 0.2;
    private const double DisturbanceTime = 2;
    private const double DisturbedSpeed = 0.2;
    private const double ColdSpeed = 0.2;
    private const double WarmingTime = 3;
    private const double WarmingStep = 0.1;

    public void Begin()
    {
        var scenario = world.Cell.Scenario;
        var seconds = world.Cell.Seconds;
        if (scenario.HasAntagonists)
        {
            Plan(FirstDisturbance, Scene.Disturb);
        }

        if (scenario.Fails)
        {
            Plan(0.25 * seconds, Scene.Fail);
            Plan(0.75 * seconds, Scene.Recover);
        }

        if (scenario.Kind == ScenarioKind.ScaleOut)
        {
            Plan(0.3 * seconds, Scene.Join);
        }
    }

    public void Play(Scene scene)
    {
        switch (scene)
        {
            case Scene.Disturb:
                Disturb();
                break;
            case Scene.Fail:
                Fail();
                break;
            case Scene.Recover:
                Recover();
                break;
            case Scene.Join:
                Join();
                break;
            default:
                Warm();
                break;
        }
    }

    private void Disturb()
    {
        for (var i = 0; i < world.Servers.Length; i++)
        {
            if (world.Servers[i].Speed != world.Servers[i].OwnSpeed)
            {
                SetSpeed(i, world.Servers[i].OwnSpeed);
            }
        }

        // Some may be drawn twice, as neighbours gather.
        for (var left = Math.Max(1, world.Servers.Length / 10); left > 0; left--)
        {
            SetSpeed(world.Scenes.Next(world.Servers.Length), DisturbedSpeed);
        }

        Plan(DisturbanceTime, Scene.Disturb);
        dispatcher.ServersFreed();
    }

    private void Fail()
    {
        var failing = world.Cell.Scenario.Failing(world.Servers.Length);
        for (var i = 0; i < failing; i++)
        {
            if (world.Cell.Scenario.Kind == ScenarioKind.Hang)
            {
                world.Servers[i].Freeze(world.Now);
                world.Plan(i);
            }
            else
            {
                world.Servers[i].FailsFast = true;
            }
        }
    }

    private void Recover()
    {
        for (var i = 0; i < world.Servers.Length; i++)
        {
            var server = world.Servers[i];
            server.FailsFast = false;
            if (server.IsFrozen)
            {
                server.Thaw(world.Now, world.Requests);
                world.Plan(i);
            }
        }

        dispatcher.ServersFreed();
    }

    private void Join()
    {
        for (; world.Live < world.Servers.Length; world.Live++)
        {
            SetSpeed(world.Live, ColdSpeed);
        }

        dispatcher.ServersJoined();
        Plan(WarmingStep, Scene.Warm);
    }

    private void Warm()
    {
        var isCold = false;
        for (var i = 0; i < world.Servers.Length; i++)
        {
            var speed = world.Servers[i].Speed;
            if (speed < 1)
            {
                SetSpeed(i, Math.Min(1, speed + ((1 - ColdSpeed) * WarmingStep / WarmingTime)));
                isCold |= world.Servers[i].Speed < 1;
            }
        }

        if (isCold)
        {
            Plan(WarmingStep, Scene.Warm);
        }
    }

    private void SetSpeed(int server, double speed)
    {
        world.Servers[server].SetSpeed(world.Now, speed);
        world.Plan(server);
    }

    private void Plan(double seconds, Scene scene) => world.Events.Add(world.Now + seconds, EventKind.Scene, (int)scene);
}
