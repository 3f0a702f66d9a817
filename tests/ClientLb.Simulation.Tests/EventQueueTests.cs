using ClientLb.Simulation.Model;
using FsCheck;
using FsCheck.Fluent;

namespace ClientLb.Simulation.Tests;

public class EventQueueTests
{
    /// <summary>Whatever is added and taken in between: each take gives the earliest of what is in.</summary>
    [Fact]
    public void The_earliest_event_comes_first() =>
        Prop.ForAll(ArbMap.Default.ArbFor<int[]>(), static steps =>
        {
            var queue = new EventQueue();
            var model = new List<double>();
            foreach (var step in steps.Concat(Enumerable.Repeat(-1, steps.Length + 1)))
            {
                if (step >= 0)
                {
                    queue.Add(step, EventKind.Answer, step);
                    model.Add(step);
                }
                else if (queue.TryTake(out var next))
                {
                    Assert.Equal(model.Min(), next.At);
                    Assert.Equal(next.At, next.Subject);
                    model.Remove(next.At);
                }
                else
                {
                    Assert.Empty(model);
                }
            }
        }).QuickCheckThrowOnFailure();
}
