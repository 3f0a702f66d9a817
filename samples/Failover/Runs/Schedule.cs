namespace ClientLb.Samples.Failover.Runs;

/// <summary>How the time of a scenario is divided: before the fault, during it and after it.</summary>
internal sealed record Schedule(TimeSpan WarmUp, TimeSpan Before, TimeSpan Fault, TimeSpan Recovery)
{
    // The promises speak of what is true 3 and 5 s into a fault.
    private static readonly TimeSpan LeastFault = TimeSpan.FromSeconds(6);

    // The runtime compiles what is used often once more, in the background: until that is done the calls are slow, and p99 before says nothing.
    private static readonly TimeSpan Warm = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan LeastRecovery = TimeSpan.FromSeconds(2);

    public static Schedule For(TimeSpan length)
    {
        var fault = Max(LeastFault, length * 0.4);
        var recovery = Max(LeastRecovery, length * 0.25);
        return new(Warm, length - fault - recovery, fault, recovery);
    }

    private static TimeSpan Max(TimeSpan a, TimeSpan b) => a > b ? a : b;
}
