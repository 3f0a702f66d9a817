using ClientLb.Endpoints;

namespace ClientLb.Health;

/// <summary>Hears of every change of an endpoint's health. The cluster logs, counts and publishes it.</summary>
internal interface IHealthListener
{
    /// <summary>The status of an endpoint has changed.</summary>
    void OnHealthChanged(Endpoint endpoint, HealthStatus from, HealthStatus to);

    /// <summary>An endpoint has asked for rest until the given ticks.</summary>
    void OnResting(Endpoint endpoint, long until);

    /// <summary>The verdict of its active checks has changed.</summary>
    void OnCheckChanged(Endpoint endpoint, CheckStatus from, CheckStatus to);

    /// <summary>A detector has found something, and this came of it: <see cref="Guard.None"/> where the endpoint was ejected.</summary>
    void OnDetected(Endpoint endpoint, Detector detector, Guard guard);

    /// <summary>A guard has kept an endpoint in. Not told each time.</summary>
    void OnEjectionPrevented(Endpoint endpoint, string reason, string guard);
}
