namespace ClientLb.Samples.Failover.Backends;

/// <summary>The words that a backend says to its parent, one line each, followed by an address.</summary>
internal static class BackendReport
{
    /// <summary>It listens.</summary>
    public const string Listening = "listening";

    /// <summary>It is announced.</summary>
    public const string Beat = "beat";

    /// <summary>It has withdrawn itself.</summary>
    public const string Gone = "gone";
}
