namespace ClientLb.Consul.Wire;

/// <summary>One instance in an answer of <c>/v1/health/service</c>.</summary>
internal sealed class WireEntry
{
    public WireNode? Node { get; set; }

    public WireService? Service { get; set; }

    public List<WireCheck?>? Checks { get; set; }
}
