namespace ClientLb.Health.Checks;

/// <summary>Plans by the time when they are due. A plan that was put in again leaves an entry behind, which is passed over.</summary>
internal sealed class CheckQueue
{
    private readonly PriorityQueue<CheckPlan, long> _queue = new();

    public void Put(CheckPlan plan) => _queue.Enqueue(plan, plan.Due);

    /// <summary>The plan that is due first.</summary>
    public bool TryPeek(bool hurried, out CheckPlan plan)
    {
        while (_queue.TryPeek(out plan!, out var due))
        {
            if (!plan.IsDropped && !plan.IsRunning && plan.Due == due && plan.IsHurried == hurried)
            {
                return true;
            }

            _queue.Dequeue();
        }

        return false;
    }

    public void Take() => _queue.Dequeue();

    public void Clear() => _queue.Clear();
}
