using System.Diagnostics.Metrics;

namespace ClientLb.Consul;

/// <summary>
/// Gives the handler of the watches a meter under another name: those who listen to <c>System.Net.Http</c> measure their own calls and
/// must not find a request of 45 s among them.
/// </summary>
internal sealed class UnheardMeterFactory : IMeterFactory
{
    private static readonly Meter s_meter = new("ClientLb.Consul.Http");

    private UnheardMeterFactory()
    {
    }

    public static UnheardMeterFactory Instance { get; } = new();

    public Meter Create(MeterOptions options) => s_meter;

    public void Dispose()
    {
        // One for the process.
    }
}
