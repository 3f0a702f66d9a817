namespace ClientLb.Clusters;

/// <summary>Which clusters are resolved before the host reports that it is ready.</summary>
public sealed class ClusterWarmUpOptions
{
    /// <summary>Their names.</summary>
    public IList<string> Clusters { get; } = [];

    /// <summary>How long the start waits for them at most. Default 5 s; then the host starts all the same, with a warning.</summary>
    public TimeSpan Timeout { get; set; } = TimeSpan.FromSeconds(5);
}
