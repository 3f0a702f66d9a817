using ClientLb.Clusters;

namespace ClientLb.Simulation.Outages;

/// <summary>
/// A budget that calls fund and not successes, as Finagle's: for each call a fifth of a token, and ten a second. No setting of the library does that: it is here to be
/// compared with.
/// </summary>
internal sealed class CallFunding(Cluster[] clusters)
{
    private const int CallsForOne = 5;

    private readonly int[] _calls = new int[clusters.Length];

    public void OnCall(int client)
    {
        if (++_calls[client] % CallsForOne == 0)
        {
            Fund(client);
        }
    }

    /// <summary>A tenth of a second is over.</summary>
    public void Tick()
    {
        for (var client = 0; client < clusters.Length; client++)
        {
            Fund(client);
        }
    }

    private void Fund(int client)
    {
        var budget = clusters[client].Budget;
        if (budget.Balance < budget.Cap)
        {
            budget.Refund();
        }
    }
}
