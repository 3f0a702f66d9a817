using System.Diagnostics.Metrics;

namespace ClientLb.Health.Checks;

/// <summary>Gives the handlers of checks a meter under another name: those who listen to <c>System.Net.Http</c> measure their own calls.</summary>
internal sealed class ProbeMeterFactory : IMeterFactory
{
    private static readonly Meter s_meter = new("ClientLb.HealthChecks.Http");

    private ProbeMeterFactory()
    {
    }

    public static ProbeMeterFactory Instance { get; } = new();

    public Meter Create(MeterOptions options) => s_meter;

    public void Dispose()
    {
        // One for the process.
    }
}
