namespace ClientLb.AspNetCore.Concurrency;

/// <summary>A place in the gate that is given back once, by whoever comes first: the start of a stream's answer, or the end of the request.</summary>
internal sealed class Place(RequestGate gate)
{
    private int _isReleased;

    public void Release()
    {
        if (Interlocked.Exchange(ref _isReleased, 1) == 0)
        {
            gate.Leave();
        }
    }
}
