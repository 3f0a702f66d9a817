using ClientLb.Calls;

namespace ClientLb.Simulation.Outages;

/// <summary>An attempt that ends by an exception, as most failures do in life.</summary>
/// <param name="verdict">What it says.</param>
internal sealed class FaultException(AttemptVerdict verdict) : Exception
{
    public AttemptVerdict Verdict => verdict;
}
