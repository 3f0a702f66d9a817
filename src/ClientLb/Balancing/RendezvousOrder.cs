namespace ClientLb.Balancing;

/// <summary>No steps at all: the scan behind them is rendezvous hashing itself.</summary>
internal sealed class RendezvousOrder : HashOrder
{
    public override int Steps => 0;

    public override int At(ulong key, int step) => throw new NotSupportedException();
}
