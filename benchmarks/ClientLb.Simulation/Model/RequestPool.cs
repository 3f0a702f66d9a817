namespace ClientLb.Simulation.Model;

/// <summary>Requests by number. A reference is good until the next one is rented.</summary>
internal sealed class RequestPool
{
    private Request[] _all = new Request[256];
    private int[] _free = new int[256];
    private int _used;
    private int _freed;

    public ref Request this[int request] => ref _all[request];

    public int Rent()
    {
        if (_freed > 0)
        {
            return _free[--_freed];
        }

        if (_used == _all.Length)
        {
            Array.Resize(ref _all, 2 * _used);
            Array.Resize(ref _free, 2 * _used);
        }

        return _used++;
    }

    public void Return(int request) => _free[_freed++] = request;
}
