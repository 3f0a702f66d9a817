namespace ClientLb.Samples.Failover.Display;

/// <summary>Shows a run while it goes on.</summary>
internal interface IDisplay
{
    /// <summary>Plays the run and shows it until it has ended.</summary>
    Task ShowAsync(RunMonitor monitor, Func<Task> play);
}
