namespace ClientLb.Samples.Failover.Backends;

/// <summary>Reports to the parent, which is the registry: a beat every second, as to a registry with a time to live.</summary>
internal sealed class ParentAnnouncer(string authority) : IAnnouncer
{
    public async Task AnnounceAsync(CancellationToken stop)
    {
        using var timer = new PeriodicTimer(TimeSpan.FromSeconds(1));
        do
        {
            Console.WriteLine($"{BackendReport.Beat} {authority}");
        }
        while (await timer.WaitForNextTickAsync(stop));
    }

    public Task WithdrawAsync()
    {
        Console.WriteLine($"{BackendReport.Gone} {authority}");
        return Task.CompletedTask;
    }
}
