using ClientLb.Endpoints;

namespace ClientLb.Balancing;

/// <summary>An algorithm compiled over one group of endpoints.</summary>
public abstract class Picker
{
    /// <summary>The picker of a group without members.</summary>
    public static Picker None { get; } = new EmptyPicker();

    /// <summary>True for a picker that wants to hear of outcomes: <see cref="OnOutcome"/> is called for no other.</summary>
    public virtual bool ObservesOutcomes => false;

    /// <summary>
    /// True for a picker that wants <see cref="AttemptReport.Load"/>: it costs a look at the headers of every answer, so they are read for no other.
    /// </summary>
    public virtual bool ReadsLoadReports => false;

    /// <summary>
    /// Picks an endpoint. No lock, no allocation, no exception, no effect on endpoints: a pick may be thrown away. The picker's own
    /// cursor may advance.
    /// </summary>
    /// <param name="context">What the pick knows of its attempt. Its exclusions must be honoured.</param>
    /// <returns>An endpoint, or <see langword="null"/> where none is left.</returns>
    public abstract Endpoint? Pick(in PickContext context);

    /// <summary>An attempt has ended. The same rules as for <see cref="Pick"/>.</summary>
    /// <param name="endpoint">Where it went.</param>
    /// <param name="report">How it ended.</param>
    public virtual void OnOutcome(Endpoint endpoint, in AttemptReport report)
    {
    }

    /// <summary>True when it should be compiled anew though its members and their weights are what they were. Asked by the cluster's loop alone.</summary>
    /// <param name="now">The present, in ticks.</param>
    internal virtual bool IsOutdated(long now) => false;

    private sealed class EmptyPicker : Picker
    {
        public override Endpoint? Pick(in PickContext context) => null;
    }
}
