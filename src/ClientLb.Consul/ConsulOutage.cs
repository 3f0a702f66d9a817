using Microsoft.Extensions.Logging;

namespace ClientLb.Consul;

/// <summary>Says once per outage and cause that a watch fails, for it is tried again as long as it lasts, and once that it is over.</summary>
internal sealed class ConsulOutage(string service, ILogger logger)
{
    private string? _said;

    public void GoesOn(int count, string message)
    {
        if (_said != message)
        {
            _said = message;
            ConsulLog.Failing(logger, service, count, message);
        }
    }

    public void IsOver(int failures)
    {
        if (_said is not null)
        {
            _said = null;
            ConsulLog.Recovered(logger, service, failures);
        }
    }
}
