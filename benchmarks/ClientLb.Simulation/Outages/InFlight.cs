namespace ClientLb.Simulation.Outages;

/// <summary>The attempts in flight, by the numbers of their requests.</summary>
internal sealed class InFlight
{
    private readonly List<int> _all = [];
    private Entry[] _entries = new Entry[256];

    public int Count => _all.Count;

    public int this[int place] => _all[place];

    public long DeadlineOf(int request) => _entries[request].Deadline;

    public void Add(int request, Call call, long deadline)
    {
        if (request >= _entries.Length)
        {
            Array.Resize(ref _entries, 2 * Math.Max(_entries.Length, request));
        }

        _entries[request] = new Entry(call, deadline, _all.Count);
        _all.Add(request);
    }

    public Call Remove(int request)
    {
        var (call, _, place) = _entries[request];
        var last = _all[^1];
        _all[place] = last;
        _entries[last] = _entries[last] with { Place = place };
        _all.RemoveAt(_all.Count - 1);
        return call;
    }

    private readonly record struct Entry(Call Call, long Deadline, int Place);
}
