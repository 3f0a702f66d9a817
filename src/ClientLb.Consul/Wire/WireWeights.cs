namespace ClientLb.Consul.Wire;

internal sealed class WireWeights
{
    public int Passing { get; set; }

    public int Warning { get; set; }
}
