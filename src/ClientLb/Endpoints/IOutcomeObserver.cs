namespace ClientLb.Endpoints;

/// <summary>Hears how every attempt ended. Called on the thread of the call: no lock, no allocation, no exception.</summary>
public interface IOutcomeObserver
{
    /// <summary>An attempt at <paramref name="endpoint"/> has ended.</summary>
    /// <param name="endpoint">Where it went.</param>
    /// <param name="report">How it ended.</param>
    void OnOutcome(Endpoint endpoint, in AttemptReport report);
}
