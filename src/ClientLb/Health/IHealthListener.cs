using ClientLb.Endpoints;

namespace ClientLb.Health;

/// <summary>Hears of every change of an endpoint's health. The cluster logs, counts and publishes it.</summary>
internal interface IHealthListener
{
    /// <summary>The status of an endpoint has changed.</summary>
    void OnHealthChanged(Endpoint endpoint, HealthStatus from, HealthStatus to);

    /// <summary>An endpoint has asked for rest until the given ticks.</summary>
    void OnResting(Endpoint endpoint, long until);

    /// <summary>A guard has kept an endpoint in.</summary>
    void OnEjectionPrevented(Endpoint endpoint, string reason, string guard);
}
